import type { ServicesContext } from "../context";

/** Has the engine write down what was used up to now. Silent, the figures are as of its last sample. */
export async function closeCounters({ engine }: ServicesContext): Promise<"ok" | "silent"> {
  try {
    await engine.closeUsage();
    return "ok";
  } catch {
    return "silent";
  }
}
