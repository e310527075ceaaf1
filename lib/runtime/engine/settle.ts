import type { Compute } from "@/lib/compute";
import type { Clock } from "@/lib/std/clock";

// Who forks a stuck source must not wait for what is stuck.
const LIMIT_MS = 200;
// Replaying more than this at the fork's start costs more than the checkpoint does now.
const WAL_WORTH_A_CHECKPOINT_BYTES = 1024 * 1024;

/**
 * Brings what clients were told is committed into the volume's newest commit, and a checkpoint when much WAL is pending.
 * Both need a turn of the backend: after 200 ms the newest commit is good enough, and what was asked for goes on alone.
 */
export async function settle(running: Promise<Compute> | undefined, clock: Clock): Promise<void> {
  if (!running) return;
  const limit = clock.sleep(LIMIT_MS);
  const asked = async () => {
    const compute = await running;
    if (compute.pendingWalBytes() > WAL_WORTH_A_CHECKPOINT_BYTES) await compute.checkpoint();
    await compute.flush();
  };
  // A backend that ends meanwhile has committed what it acknowledged, or never acknowledged it.
  await Promise.race([asked().catch(() => {}), limit]);
}
