import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { systemClock } from "@/lib/std/clock";
import { openBenchStack } from "./bench-stack";
import { runClient } from "./client-program";
import type { Report } from "./figure";

const COMPUTES = 6;
// The next warm worker has loaded by then, and the start's garbage is gone.
const SETTLE_MS = 4_000;

/** Resident memory that one more idle compute adds, after a client has been there. */
export async function memory(imageId: string, report: Report): Promise<void> {
  const stack = await openBenchStack();
  try {
    const sizes: number[] = [];
    for (let count = 0; count < COMPUTES; count++) {
      const target = await stack.start("volume-without-barrier", imageId);
      await runClient(target, "psql", ["--command", "SELECT count(*) FROM pg_catalog.pg_class"]);
      await systemClock.sleep(SETTLE_MS);
      collectGarbage();
      sizes.push(process.memoryUsage.rss() / 1e6);
    }
    // The first ones also pay for the image's code and files, which all share, and for the warm worker.
    const added = sizes.map((size, i) => size - (sizes[i - 1] ?? 0)).slice(2);
    report(`memory/${imageId}`, "MB", added);
  } finally {
    await stack.close();
  }
}

/** Of this thread only; what a compute's thread leaves to be collected counts. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
