import { authorize } from "@/lib/auth";
import { type ProgressEvent, readProgress } from "@/lib/orchestrator";
import type { Actor } from "@/lib/schemas/actor";
import { type CallOptions, servicesContext } from "../context";
import { wakeOnProgress } from "./hints";

/** What a watcher is told. `seq` is where it goes on from when it comes back. */
export type ProgressMessage =
  /** Everything from here on will be told. */
  | { readonly kind: "ready"; readonly seq: bigint }
  | { readonly kind: "event"; readonly seq: bigint; readonly event: ProgressEvent }
  /** What it missed is forgotten: it has to look at everything anew. */
  | { readonly kind: "reset"; readonly seq: bigint }
  /** Nothing has happened for a while. */
  | { readonly kind: "alive"; readonly seq: bigint };

export interface WatchOptions extends CallOptions {
  /** The last number that it was told before. */
  readonly after?: bigint | undefined;
  readonly signal: AbortSignal;
}

// Hints come at once; whatever they miss is seen this late.
const POLL_MS = 1_000;
const ALIVE_MS = 15_000;

/** Tells what happens in the actor's project, in order and without a gap, until the signal. */
export async function* watchProgress(actor: Actor, options: WatchOptions): AsyncGenerator<ProgressMessage> {
  authorize(actor, "operation.read");
  const { db, clock } = servicesContext(options);
  const { signal } = options;
  const { projectId } = actor;
  const waiter = new Waiter();
  const leave = wakeOnProgress(projectId, () => waiter.wake());
  let seq = options.after;
  let toldMs = clock.monotonicMs();
  try {
    while (!signal.aborted) {
      waiter.rearm();
      const messages = toMessages(await readProgress(db, { projectId, ...(seq !== undefined && { after: seq }) }), seq);
      for (const message of messages) {
        seq = message.seq;
        toldMs = clock.monotonicMs();
        yield message;
      }
      if (messages.length > 0) continue;
      if (clock.monotonicMs() - toldMs >= ALIVE_MS) {
        toldMs = clock.monotonicMs();
        yield { kind: "alive", seq: seq ?? 0n };
      }
      await Promise.race([waiter.woken, clock.sleep(POLL_MS, signal).catch(() => {})]);
    }
  } finally {
    leave();
  }
}

/** A wake that comes while something is read is not lost. */
class Waiter {
  woken: Promise<void> = Promise.resolve();
  wake: () => void = () => {};

  rearm(): void {
    this.woken = new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}

function toMessages(
  { events, isCut, newest }: Awaited<ReturnType<typeof readProgress>>,
  seq: bigint | undefined,
): ProgressMessage[] {
  if (seq === undefined) return [{ kind: "ready", seq: newest }];
  if (isCut) return [{ kind: "reset", seq: newest }];
  return events.map((event) => ({ kind: "event", seq: event.seq, event }));
}
