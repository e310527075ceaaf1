import { listen } from "@/lib/db";
import { PROGRESS_CHANNEL } from "@/lib/orchestrator";

type Wake = () => void;

const waiting = new Map<string, Set<Wake>>();
let listener: { stop(): void } | undefined;

/** Calls `wake` soon after something was told in the project, mostly: one connection listens for all who wait, while anybody does. */
export function wakeOnProgress(projectId: string, wake: Wake): () => void {
  const wakes = waiting.get(projectId) ?? new Set();
  waiting.set(projectId, wakes.add(wake));
  listener ??= listen(PROGRESS_CHANNEL, (told) => {
    for (const one of waiting.get(told) ?? []) one();
  });
  return () => {
    wakes.delete(wake);
    if (wakes.size === 0) waiting.delete(projectId);
    if (waiting.size > 0) return;
    listener?.stop();
    listener = undefined;
  };
}
