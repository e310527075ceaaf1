import { TTL_SHORTEST_SECONDS } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { findDurationSeconds } from "@/lib/std/format";

/** What a project allows, in seconds; a default of null refuses a fork that names no end. */
export interface LifetimePolicy {
  readonly defaultTtlSeconds: number | null;
  readonly maxTtlSeconds: number;
}

/** As a request gives it: at most one of the two. */
export interface LifetimeRequest {
  readonly ttl?: string | undefined;
  readonly expires_at?: string | undefined;
}

export interface Lifetime {
  readonly ttlSeconds: number;
  readonly expiresAtMs: number;
}

// What is left of a life after a restore is at least this: time to look at what was brought back.
const RESTORED_AT_LEAST_SECONDS = 3_600;

/** The end of a new fork: what was asked for, else the project's default. Never moved: accepted as it is, or refused. */
export function computeLifetime(request: LifetimeRequest, policy: LifetimePolicy, nowMs: number): Lifetime {
  if (request.ttl !== undefined && request.expires_at !== undefined)
    throw new AppError("INVALID_REQUEST", "Give either ttl or expires_at, not both.", { field: "ttl" });
  if (request.expires_at !== undefined) return untilInstant(request.expires_at, policy, nowMs);
  if (request.ttl !== undefined) return forSeconds(parseTtl(request.ttl), policy, nowMs);
  if (policy.defaultTtlSeconds === null)
    throw new AppError(
      "TTL_REQUIRED",
      `Every fork needs an end, and this project has no default. Give a lifetime of at most ${sayDuration(policy.maxTtlSeconds)}.`,
      { field: "ttl" },
    );
  return forSeconds(policy.defaultTtlSeconds, policy, nowMs);
}

/** The end after a restore: what was asked for, else what was left when it was deleted, an hour at least. */
export function computeRestoredLifetime(
  left: { ttl?: string | undefined; expiresAtMs: number; deletedAtMs: number },
  policy: LifetimePolicy,
  nowMs: number,
): Lifetime {
  if (left.ttl !== undefined) return forSeconds(parseTtl(left.ttl), policy, nowMs);
  const leftMs = Math.max(left.expiresAtMs - left.deletedAtMs, RESTORED_AT_LEAST_SECONDS * 1000);
  return { ttlSeconds: Math.ceil(leftMs / 1000), expiresAtMs: nowMs + leftMs };
}

function parseTtl(text: string): number {
  const seconds = findDurationSeconds(text);
  if (seconds !== undefined) return seconds;
  if (text.trim().toLowerCase() === "never")
    throw new AppError("TTL_REQUIRED", "Forks that never end are not allowed here. Give a lifetime.", { field: "ttl" });
  throw new AppError("INVALID_REQUEST", "That is no lifetime. Write it like 4h, 2d4h or 90m.", { field: "ttl" });
}

function forSeconds(ttlSeconds: number, policy: LifetimePolicy, nowMs: number): Lifetime {
  checkBounds(ttlSeconds * 1000, "ttl", policy);
  return { ttlSeconds, expiresAtMs: nowMs + ttlSeconds * 1000 };
}

function untilInstant(text: string, policy: LifetimePolicy, nowMs: number): Lifetime {
  const expiresAtMs = findInstantMs(text);
  if (expiresAtMs === undefined)
    throw new AppError("INVALID_REQUEST", "That is no time. Write it like 2026-11-24T18:00:00Z.", {
      field: "expires_at",
    });
  if (expiresAtMs <= nowMs)
    throw new AppError("TTL_TOO_SHORT", "That time has passed. Give an end that is at least 10 seconds from now.", {
      field: "expires_at",
    });
  checkBounds(expiresAtMs - nowMs, "expires_at", policy);
  return { ttlSeconds: Math.round((expiresAtMs - nowMs) / 1000), expiresAtMs };
}

function checkBounds(lengthMs: number, field: "ttl" | "expires_at", policy: LifetimePolicy): void {
  if (lengthMs < TTL_SHORTEST_SECONDS * 1000)
    throw new AppError("TTL_TOO_SHORT", `A fork lives at least ${sayDuration(TTL_SHORTEST_SECONDS)}.`, {
      field,
      details: { min_seconds: TTL_SHORTEST_SECONDS },
    });
  if (lengthMs > policy.maxTtlSeconds * 1000)
    throw new AppError("TTL_TOO_LONG", `The maximum here is ${sayDuration(policy.maxTtlSeconds)}.`, {
      field,
      details: { max_seconds: policy.maxTtlSeconds },
      fix: [{ label: `Use ${sayDuration(policy.maxTtlSeconds)}`, set: { ttl: formatTtl(policy.maxTtlSeconds) } }],
    });
}

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;

/** Milliseconds since the epoch of an RFC 3339 time with a zone; undefined for anything else, 30 February included. */
export function findInstantMs(text: string): number | undefined {
  const match = INSTANT.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day] = match.map(Number) as [number, number, number, number];
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > lastDay) return undefined;
  const ms = Date.parse(text.trim().toUpperCase());
  return Number.isNaN(ms) ? undefined : ms;
}

const UNITS = [
  ["d", "day", 86_400],
  ["h", "hour", 3_600],
  ["m", "minute", 60],
  ["s", "second", 1],
] as const;

/** A lifetime as requests write it: `4h`, `2d4h`; `findDurationSeconds` reads it back. */
export function formatTtl(seconds: number): string {
  return split(seconds, (count, [short]) => `${count}${short}`).join("") || "0s";
}

/** A lifetime in words: `30 days`, `1 hour 30 minutes`. */
export function sayDuration(seconds: number): string {
  return split(seconds, (count, [, word]) => `${count} ${word}${count === 1 ? "" : "s"}`).join(" ") || "0 seconds";
}

function split(seconds: number, say: (count: number, unit: (typeof UNITS)[number]) => string): string[] {
  let rest = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const unit of UNITS) {
    const count = Math.floor(rest / unit[2]);
    rest -= count * unit[2];
    if (count > 0) parts.push(say(count, unit));
  }
  return parts;
}
