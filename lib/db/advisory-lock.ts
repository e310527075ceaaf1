import { type Clock, systemClock } from "@/lib/std/clock";
import { connect } from "./connect";

export interface AdvisoryLock {
  /** Resolves when the connection that holds the lock is gone: from then on somebody else may hold it. Never rejects. */
  readonly lost: Promise<void>;
  release(): Promise<void>;
}

export interface AdvisoryLockOptions {
  /** Any text; equal names exclude each other within one database. */
  readonly name: string;
  /** How long to wait for the present holder; 0 asks once. */
  readonly waitMs: number;
  readonly clock?: Clock;
}

const POLL_MS = 250;

/** A lock that lives as long as one connection to the control database; undefined when somebody else kept it. */
export async function acquireAdvisoryLock(
  connectionString: string,
  { name, waitMs, clock = systemClock }: AdvisoryLockOptions,
): Promise<AdvisoryLock | undefined> {
  const client = await connect(connectionString);
  const lost = new Promise<void>((resolve) => client.once("end", () => resolve()));
  const deadline = clock.monotonicMs() + waitMs;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>(
      "SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken",
      [name],
    );
    if (rows[0]?.taken) return { lost, release: () => client.end() };
    if (clock.monotonicMs() >= deadline) break;
    await clock.sleep(POLL_MS);
  }
  await client.end();
  return undefined;
}
