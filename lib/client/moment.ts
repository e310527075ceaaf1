import type { EventDto, EventKindDto, ResolveDto, WindowDto } from "@/lib/schemas/history";
import type { Fix } from "@/lib/std/app-error";
import { formatDuration } from "@/lib/std/format";
import { parseMicros } from "@/lib/std/micros";
import { RequestFailure } from "./http";
import { readTargetTime } from "./target-time";

/** A moment as it is asked for: by time, just before an event, or by a commit's number. */
export type Moment = { readonly time: string } | { readonly event: string } | { readonly commit: number };

/** The wizard's fields that say a moment; the one furthest down that is filled counts, so that a typed time is kept. */
export interface MomentState {
  readonly at: string;
  readonly event: string;
  readonly commit: string;
}

export type MomentReading =
  | { readonly ok: true; readonly moment: Moment }
  | { readonly ok: false; readonly problem: string };

/** Reads the fields; a commit's number before an event before a time, since choosing the later ones leaves the time in its field. */
export function readMoment({ at, event, commit }: MomentState): MomentReading {
  if (commit) return readCommit(commit);
  if (event) return { ok: true, moment: { event } };
  const reading = readTargetTime(at);
  return reading.ok ? { ok: true, moment: { time: reading.time } } : reading;
}

function readCommit(text: string): MomentReading {
  const commit = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(commit) && commit > 0) return { ok: true, moment: { commit } };
  return { ok: false, problem: `“${text}” is not a commit's number.` };
}

/** The same moment in one string, for query keys and comparisons; also the question's query. */
export const writeMoment = (moment: Moment): string =>
  new URLSearchParams(
    Object.entries(moment).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();

/** Whether the engine said that this moment cannot be forked; anything else leaves that open. */
export const isRefusal = (error: Error | null): error is RequestFailure =>
  error instanceof RequestFailure && REFUSALS.has(error.code);

const REFUSALS: ReadonlySet<string> = new Set([
  "TARGET_OUTSIDE_WAL_WINDOW",
  "TARGET_IN_WAL_GAP",
  "TARGET_THINNED",
  "INVALID_REQUEST",
  "NOT_FOUND",
  "SOURCE_BUSY",
]);

/** Whether time passed over it, window or thinning: a commit that is held can still be forked by its number. */
export const isOvertaken = (error: Error | null): boolean =>
  error instanceof RequestFailure && OVERTAKEN.has(error.code);

const OVERTAKEN: ReadonlySet<string> = new Set(["TARGET_OUTSIDE_WAL_WINDOW", "TARGET_THINNED", "NOT_FOUND"]);

/** The ways out of a refusal: the server's own, else the two ends of the window; of what is thinned also the older commit. */
export function listRefusalFixes({ code, fix }: RequestFailure, window: WindowDto | undefined): readonly Fix[] {
  if (code === "TARGET_THINNED") return [{ label: "Accept the older commit", set: { accept_inexact: "true" } }, ...fix];
  if (fix.length > 0 || !window || code === "SOURCE_BUSY") return fix;
  return [
    { label: "Use earliest", set: { target_time: window.earliest } },
    { label: "Use latest", set: { target_time: window.latest } },
  ];
}

export const sayNumber = (count: number): string => count.toLocaleString("en");

/** `1 commit`, `3,214 commits`. */
export const sayCount = (count: number, one: string, many = `${one}s`): string =>
  `${sayNumber(count)} ${count === 1 ? one : many}`;

/** What a fork of this moment leaves out. */
export function sayLeftOut({ moments_after }: ResolveDto): string {
  if (moments_after === 0) return "Nothing later is left out: it is the newest commit.";
  return `${sayCount(moments_after, "later commit")} will not be in the fork.`;
}

const SECOND = 1_000_000;

/** How far a commit lies before the asked moment: `13 ms`, `1.2 s`, `2 h 10 m`; undefined when it is that very moment. */
export function sayEarlier(commitTime: string, asked: string): string | undefined {
  const micros = (parseMicros(asked) ?? 0) - (parseMicros(commitTime) ?? 0);
  if (micros <= 0) return undefined;
  if (micros < 1_000) return `${micros} µs`;
  if (micros < SECOND) return `${Math.round(micros / 1_000)} ms`;
  return micros < 60 * SECOND ? `${(micros / SECOND).toFixed(1)} s` : formatDuration(micros / SECOND);
}

export const EVENT_WORDS: Record<EventKindDto, string> = {
  ddl: "DDL",
  truncate: "TRUNCATE",
  mass_write: "Mass write",
  deploy: "Deploy",
  alert: "Alert",
  snapshot: "Snapshot",
};

/** `DELETE flights · 5,012 rows`. */
export const sayEvent = ({ what, rows }: EventDto): string =>
  rows === null ? what : `${what} · ${sayCount(rows, "row")}`;
