import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@/lib/blocks";
import { systemClock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { bundleKeeper } from "@/lib/testing/keeper-bundle";
import { SimulatedDataPlane } from "@/lib/testing/simulated-data-plane";
import { describeDataPlane } from "./data-plane.suite";

describeDataPlane("the simulated data plane", async () => {
  const { keeperEntry, remove } = await bundleKeeper();
  const dir = await mkdtemp(join(tmpdir(), "offshoot-plane-"));
  const store = await openStore(dir, { clock: systemClock, log: silentLog, keeperEntry });
  const plane = new SimulatedDataPlane(store);
  let port = 20000;
  return {
    plane,
    imageId: "postgres-18",
    nextPort: async () => port++,
    close: async () => {
      await plane.crash();
      await store.close();
      await rm(dir, { recursive: true, force: true });
      await remove();
    },
  };
});
