import type { Compute } from "@/lib/compute";
import type { Clock } from "@/lib/std/clock";

// Who forks a stuck source must not wait for what is stuck. A snapshot is taken once and forked often, and nobody waits for it.
const LIMIT_MS = { fork: 200, target: 200, snapshot: 2_000 } as const;
// Replaying more than this at the fork's start costs more than the checkpoint does now; a snapshot is there to need no replay.
// Of a target in time a checkpoint would be later than it, and of no use.
const WAL_WORTH_A_CHECKPOINT_BYTES = { fork: 1024 * 1024, target: Number.POSITIVE_INFINITY, snapshot: 0 } as const;

/**
 * Brings what clients were told is committed into the volume's newest commit, and a checkpoint when much WAL is pending.
 * Both need a turn of the backend: after a while the newest commit is good enough, and what was asked for goes on alone.
 */
export async function settle(
  running: Promise<Compute> | undefined,
  clock: Clock,
  before: "fork" | "target" | "snapshot",
): Promise<void> {
  if (!running) return;
  const limit = clock.sleep(LIMIT_MS[before]);
  const asked = async () => {
    const compute = await running;
    if (compute.pendingWalBytes() > WAL_WORTH_A_CHECKPOINT_BYTES[before]) await compute.checkpoint();
    await compute.flush();
  };
  // A backend that ends meanwhile has committed what it acknowledged, or never acknowledged it.
  await Promise.race([asked().catch(() => {}), limit]);
}
