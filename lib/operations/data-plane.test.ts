import { MemoryStore } from "@/lib/testing/memory-store";
import { SimulatedDataPlane } from "@/lib/testing/simulated-data-plane";
import { describeDataPlane } from "./data-plane.suite";

describeDataPlane("the simulated data plane", async () => {
  const plane = new SimulatedDataPlane(new MemoryStore());
  let port = 20000;
  return {
    plane,
    imageId: "postgres-18",
    nextPort: async () => port++,
    close: () => plane.crash(),
  };
});
