import type { Database } from "@/lib/db";
import { findCommitBefore, type NewServiceEvent, recordServiceEvents } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { newId } from "@/lib/std/ids";
import type { EngineStore } from "./engine-store";

export interface EventSinks {
  readonly db: Database;
  readonly store: Pick<EngineStore, "guard">;
}

/**
 * Writes what happened in a service, a batch at a time, and keeps the commit before each event from being thinned, so that
 * "just before the DELETE" stays a moment that can be chosen exactly.
 */
export async function recordEvents(
  { db, store }: EventSinks,
  { serviceId, volumeId }: { serviceId: string; volumeId: string },
  events: readonly NewServiceEvent[],
): Promise<void> {
  const named = events.map((event) => ({ ...event, id: event.id ?? newId() }));
  const guards = named.map((event) => ({ guardId: event.id, commit: findCommitBefore(event) }));
  await unlessGone(store.guard(volumeId, guards));
  await recordServiceEvents(db, serviceId, named);
}

/** A batch may come late: what has left the window by then can be listed, and no longer kept. */
async function unlessGone(done: Promise<void>): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (!(error instanceof AppError) || !GONE.has(error.code)) throw error;
  }
}

const GONE: ReadonlySet<string> = new Set(["NOT_FOUND", "TARGET_OUTSIDE_WAL_WINDOW", "TARGET_THINNED"]);
