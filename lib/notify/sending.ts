import type { Delivery } from "@/lib/db";
import type { Log } from "@/lib/std/log";
import { type Delivering, deliver } from "./deliver";
import { ATTEMPTS_MAX, recordAttempt, recordRefused, recordTaken, takeDue } from "./outbox";

export interface Sending extends Delivering {
  readonly log: Log;
  /** A receiver is free again. */
  onFree(): void;
}

const AT_ONCE = 16;

/** What is on its way: to each receiver one message at a time, to all of them side by side. */
export class Outgoing {
  readonly #sending: Sending;
  readonly #busy = new Map<string, Promise<void>>();

  constructor(sending: Sending) {
    this.#sending = sending;
  }

  /** Begins to send what is due to receivers that are free. */
  async beginDue(): Promise<void> {
    const { db, clock, signal } = this.#sending;
    const limit = AT_ONCE - this.#busy.size;
    if (limit <= 0) return;
    const due = await takeDue(db, { nowMs: clock.nowMs(), busy: [...this.#busy.keys()], limit });
    if (!signal.aborted) for (const row of due) this.#begin(row);
  }

  /** Resolves when nothing is on its way. */
  async settled(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy.values());
  }

  #begin(row: Delivery): void {
    const { log, onFree } = this.#sending;
    const sent = send(row, this.#sending)
      .catch((err: unknown) => log.error({ err, deliveryId: row.id }, "what became of a message is not written down"))
      .finally(() => {
        this.#busy.delete(row.target);
        onFree();
      });
    this.#busy.set(row.target, sent);
  }
}

async function send(row: Delivery, sending: Sending): Promise<void> {
  const { db, clock, log, signal } = sending;
  if (!(await recordAttempt(db, row, clock.nowMs()))) return;
  const outcome = await deliver(row, sending);
  if (outcome.kind === "taken") return recordTaken(db, row.id, clock.nowMs());
  if (signal.aborted) return; // cut off by ourselves: the receiver has done nothing wrong
  const isFinal = outcome.kind === "gone" || row.attempt + 1 >= ATTEMPTS_MAX;
  const facts = { deliveryId: row.id, channel: row.channel, event: row.event };
  if (isFinal) log.warn(facts, `A message was given up. ${outcome.reason}`);
  await recordRefused(db, { id: row.id, reason: outcome.reason, isFinal });
}
