import type pg from "pg";
import { systemClock } from "@/lib/std/clock";
import { requireDatabaseUrl } from "./client";
import { connect } from "./connect";

const RECONNECT_MS = 2_000;

/**
 * Calls `onHint` with what is notified on a channel of this process's control database, until it is ended. What is notified while
 * the database is away is lost: a hint, never the truth.
 */
export function listen(channel: string, onHint: (payload: string) => void): { stop(): void } {
  const stopping = new AbortController();
  void keepListening(channel, onHint, stopping.signal);
  return { stop: () => stopping.abort() };
}

async function keepListening(channel: string, onHint: (payload: string) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const client = await connect(requireDatabaseUrl()).catch(() => undefined);
    if (client) await listenOn(client, { channel, onHint, signal });
    await systemClock.sleep(RECONNECT_MS, signal).catch(() => {}); // ended
  }
}

interface Listening {
  readonly channel: string;
  readonly onHint: (payload: string) => void;
  readonly signal: AbortSignal;
}

/** Resolves when the connection has ended, by itself or because nobody listens any more. */
async function listenOn(client: pg.Client, { channel, onHint, signal }: Listening): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    client.once("end", () => resolve());
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  client.on("notification", ({ payload }) => onHint(payload ?? ""));
  await client.query(`LISTEN ${channel}`).catch(() => client.end());
  await ended;
  await client.end().catch(() => {});
}
