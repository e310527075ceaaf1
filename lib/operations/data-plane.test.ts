import { SimulatedDataPlane } from "@/lib/testing/simulated-data-plane";
import { openTestStore } from "@/lib/testing/simulated-engine";
import { describeDataPlane } from "./data-plane.suite";

describeDataPlane("the simulated data plane", async () => {
  const { store, remove } = await openTestStore();
  const plane = new SimulatedDataPlane(store);
  let port = 20000;
  return {
    plane,
    imageId: "postgres-18",
    nextPort: async () => port++,
    async close() {
      await plane.crash();
      await remove();
    },
  };
});
