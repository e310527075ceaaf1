import { type Database, database } from "@/lib/db";
import { type Clock, systemClock } from "@/lib/std/clock";

/** What the functions of this module work with; the process's own unless a test brings another. */
export interface AuthOptions {
  readonly db?: Database;
  readonly clock?: Clock;
}

export function authContext({ db = database(), clock = systemClock }: AuthOptions = {}): {
  db: Database;
  nowMs: number;
} {
  return { db, nowMs: clock.nowMs() };
}
