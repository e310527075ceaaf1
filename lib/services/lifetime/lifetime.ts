import { TTL_SHORTEST_SECONDS } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { findDurationSeconds } from "@/lib/std/format";

/** What a project allows, in seconds; a default of null refuses a fork that names no end. */
export interface LifetimePolicy {
  readonly defaultTtlSeconds: number | null;
  readonly maxTtlSeconds: number;
  readonly allowNever: boolean;
}

/** An end as a request gives it: at most one of the two. */
export interface EndRequest {
  readonly ttl?: string | undefined;
  readonly expires_at?: string | undefined;
}

/** The same, or none at all for a reason. */
export interface LifetimeRequest extends EndRequest {
  readonly never_reason?: string | undefined;
}

export interface Lifetime {
  readonly ttlSeconds: number;
  readonly expiresAtMs: number;
}

/** As a service's row has it. */
export interface LifetimeColumns {
  readonly ttlSeconds: number | null;
  readonly expiresAt: Date | null;
  readonly neverReason: string | null;
}

// What is left of a life after a restore is at least this: time to look at what was brought back.
const RESTORED_AT_LEAST_SECONDS = 3_600;

/** The life of a new fork: until its end, or for ever with a reason where the policy allows that. */
export function planLifetime(request: LifetimeRequest, policy: LifetimePolicy, nowMs: number): LifetimeColumns {
  if (request.never_reason === undefined) return toColumns(computeLifetime(request, policy, nowMs));
  return planForever({ ...request, never_reason: request.never_reason }, policy);
}

/** The end of a new fork: what was asked for, else the project's default. Never moved: accepted as it is, or refused. */
export function computeLifetime(request: EndRequest, policy: LifetimePolicy, nowMs: number): Lifetime {
  assertOne(request);
  if (request.expires_at !== undefined) return untilInstant(request.expires_at, policy, nowMs);
  if (request.ttl !== undefined) return forSeconds(parseTtl(request.ttl, policy), policy, nowMs);
  if (policy.defaultTtlSeconds === null)
    throw new AppError(
      "TTL_REQUIRED",
      `Every fork needs an end, and this project has no default. Give a lifetime of at most ${sayDuration(policy.maxTtlSeconds)}.`,
      { field: "ttl" },
    );
  return forSeconds(policy.defaultTtlSeconds, policy, nowMs);
}

/**
 * Another end for a fork that lives. A length counts from the end that it has, or from now when that is later; the policy's
 * maximum counts from now. An end may be named that is earlier: so an extension is taken back.
 */
export function planExtension(
  request: LifetimeRequest,
  policy: LifetimePolicy,
  { nowMs, expiresAtMs }: { nowMs: number; expiresAtMs: number | null },
): LifetimeColumns {
  if (request.never_reason !== undefined)
    return planForever({ ...request, never_reason: request.never_reason }, policy);
  assertOne(request);
  if (request.expires_at !== undefined) return toColumns(untilInstant(request.expires_at, policy, nowMs));
  if (request.ttl === undefined)
    throw new AppError("INVALID_REQUEST", "Say for how long: give ttl, expires_at or never_reason.", { field: "ttl" });
  const endMs = Math.max(nowMs, expiresAtMs ?? nowMs) + parseTtl(request.ttl, policy) * 1000;
  const longest = { expires_at: new Date(nowMs + policy.maxTtlSeconds * 1000).toISOString() };
  checkBounds(endMs - nowMs, { field: "ttl", longest }, policy);
  return toColumns(until(endMs, nowMs));
}

function planForever(
  { never_reason, ...end }: LifetimeRequest & { never_reason: string },
  policy: LifetimePolicy,
): LifetimeColumns {
  if (end.ttl !== undefined || end.expires_at !== undefined)
    throw new AppError("INVALID_REQUEST", "Give an end or never_reason, not both.", { field: "never_reason" });
  if (!policy.allowNever) throw neverRefused("never_reason");
  return { ttlSeconds: null, expiresAt: null, neverReason: never_reason };
}

function assertOne({ ttl, expires_at }: EndRequest): void {
  if (ttl !== undefined && expires_at !== undefined)
    throw new AppError("INVALID_REQUEST", "Give either ttl or expires_at, not both.", { field: "ttl" });
}

export const toColumns = ({ ttlSeconds, expiresAtMs }: Lifetime): LifetimeColumns => ({
  ttlSeconds,
  expiresAt: new Date(expiresAtMs),
  neverReason: null,
});

/** The end after a restore: what was asked for, else what was left when it was deleted, an hour at least. */
export function computeRestoredLifetime(
  left: { ttl?: string | undefined; expiresAtMs: number; deletedAtMs: number },
  policy: LifetimePolicy,
  nowMs: number,
): Lifetime {
  if (left.ttl !== undefined) return forSeconds(parseTtl(left.ttl, policy), policy, nowMs);
  const leftMs = Math.max(left.expiresAtMs - left.deletedAtMs, RESTORED_AT_LEAST_SECONDS * 1000);
  return { ttlSeconds: Math.ceil(leftMs / 1000), expiresAtMs: nowMs + leftMs };
}

function parseTtl(text: string, { allowNever }: LifetimePolicy): number {
  const seconds = findDurationSeconds(text);
  if (seconds !== undefined) return seconds;
  if (text.trim().toLowerCase() === "never") {
    if (!allowNever) throw neverRefused("ttl");
    const sentence = "A fork that never ends needs a reason: give never_reason instead of ttl.";
    throw new AppError("TTL_REQUIRED", sentence, { field: "never_reason" });
  }
  throw new AppError("INVALID_REQUEST", "That is no lifetime. Write it like 4h, 2d4h or 90m.", { field: "ttl" });
}

const neverRefused = (field: string): AppError =>
  new AppError("TTL_REQUIRED", "Forks that never end are not allowed here. Give a lifetime.", { field });

function forSeconds(ttlSeconds: number, policy: LifetimePolicy, nowMs: number): Lifetime {
  checkBounds(ttlSeconds * 1000, { field: "ttl" }, policy);
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
  checkBounds(expiresAtMs - nowMs, { field: "expires_at" }, policy);
  return until(expiresAtMs, nowMs);
}

const until = (expiresAtMs: number, nowMs: number): Lifetime => ({
  ttlSeconds: Math.round((expiresAtMs - nowMs) / 1000),
  expiresAtMs,
});

interface Asked {
  readonly field: "ttl" | "expires_at";
  /** What the form is set to for the longest life; a length from now, unless said. */
  readonly longest?: Record<string, string>;
}

function checkBounds(lengthMs: number, { field, longest }: Asked, policy: LifetimePolicy): void {
  if (lengthMs < TTL_SHORTEST_SECONDS * 1000)
    throw new AppError("TTL_TOO_SHORT", `A fork lives at least ${sayDuration(TTL_SHORTEST_SECONDS)}.`, {
      field,
      details: { min_seconds: TTL_SHORTEST_SECONDS },
    });
  if (lengthMs > policy.maxTtlSeconds * 1000)
    throw new AppError("TTL_TOO_LONG", `The maximum here is ${sayDuration(policy.maxTtlSeconds)}.`, {
      field,
      details: { max_seconds: policy.maxTtlSeconds },
      fix: [
        { label: `Use ${sayDuration(policy.maxTtlSeconds)}`, set: longest ?? { ttl: formatTtl(policy.maxTtlSeconds) } },
      ],
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
