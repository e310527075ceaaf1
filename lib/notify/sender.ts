import type { Database } from "@/lib/db";
import type { Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { forgetOld } from "./outbox";
import { type MailSettings, openMail } from "./send-mail";
import { Outgoing } from "./sending";

export interface SenderOptions {
  readonly db: Database;
  /** Opens the secrets of webhooks: 32 bytes. */
  readonly sealKey: Uint8Array;
  /** Undefined: no e-mail is sent. */
  readonly mail: MailSettings | undefined;
  /** Links lead below it. */
  readonly consoleUrl: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Sender {
  /** Resolves when nothing is being sent any more. What was cut off is sent again later. */
  stop(): Promise<void>;
}

// Another process may have written a message; nobody minds this much.
const LOOK_MS = 2_000;
const FORGET_EVERY_LOOKS = 1_800;

/** Sends what is due until it is stopped. */
export function startSender({ mail, ...options }: SenderOptions): Sender {
  const { db, clock, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let wake = () => {};
  const outgoing = new Outgoing({ ...options, mail: mail && openMail(mail), signal, onFree: () => wake() });
  const run = async () => {
    for (let looks = 0; !signal.aborted; looks++) {
      const woken = new Promise<void>((resolve) => {
        const cancelTimer = clock.after(LOOK_MS, resolve);
        wake = () => {
          cancelTimer();
          resolve();
        };
      });
      try {
        if (looks % FORGET_EVERY_LOOKS === 0) await forgetOld(db, clock.nowMs());
        await outgoing.beginDue();
      } catch (err) {
        log.warn({ err }, "messages that are due could not be read; they wait");
      }
      if (!signal.aborted) await woken;
    }
  };
  const ended = run();
  return {
    async stop() {
      stopping.abort();
      wake();
      await ended;
      await outgoing.settled();
    },
  };
}
