import type { Fix } from "@/lib/std/app-error";
import { findDurationSeconds, formatDuration } from "@/lib/std/format";
import { findInstant, formatZone, type Zone } from "./time";

/** How long a fork may live; the project's policy. */
export interface LifetimeLimits {
  readonly shortestSeconds: number;
  readonly longestSeconds: number;
  /** A fork may live for ever, for a reason. */
  readonly allowNever: boolean;
}

/** What the request carries: a length, counted from the press of the button, a fixed end, or why there is none. */
export type Lifetime = { readonly ttl: string } | { readonly expires_at: string } | { readonly never_reason: string };

export type LifetimeReading =
  | { readonly ok: true; readonly lifetime: Lifetime; readonly end: End | undefined }
  | { readonly ok: false; readonly problem: string; readonly fix: readonly Fix[] };

/** Undefined for what never ends. */
export interface End {
  readonly seconds: number;
  readonly atMs: number;
}

/** What stands in the field for a life without an end. */
export const NEVER = "never";

export const LIFETIME_PRESETS = [
  { text: "1h", label: "1 hour" },
  { text: "4h", label: "4 hours" },
  { text: "1d", label: "1 day" },
  { text: "3d", label: "3 days" },
  { text: "7d", label: "7 days" },
] as const;
export const LIFETIME_DEFAULT = "1d";

export interface LifetimeContext {
  readonly nowMs: number;
  readonly zone: Zone;
  readonly limits: LifetimeLimits;
  /** Why it may never end, where that is chosen. */
  readonly reason?: string;
}

/** Reads `90m`, `2d 4h` or a date and time. What was asked is never changed: it is accepted, or refused with ways out. */
export function readLifetime(text: string, { nowMs, zone, limits, reason = "" }: LifetimeContext): LifetimeReading {
  if (compact(text) === NEVER) return readForever(reason.trim(), limits);
  const seconds = findDurationSeconds(text);
  if (seconds !== undefined)
    return within(limits, { lifetime: { ttl: compact(text) }, seconds, endMs: nowMs + seconds * 1000 });
  const endMs = findInstant(text, zone);
  if (endMs === undefined) return refuse(text.trim() ? unread(text.trim(), zone) : "Say how long the fork may live.");
  if (endMs <= nowMs) return refuse("That moment has passed. Choose one in the future.");
  const lifetime = { expires_at: new Date(endMs).toISOString() };
  return within(limits, { lifetime, seconds: Math.floor((endMs - nowMs) / 1000), endMs });
}

function readForever(reason: string, { allowNever, longestSeconds }: LifetimeLimits): LifetimeReading {
  if (!allowNever) {
    const longest = sayLength(longestSeconds);
    return refuse("Forks that never end are not allowed here.", { label: `Use ${longest}`, seconds: longestSeconds });
  }
  if (!reason) return refuse("Say why it may never end.");
  return { ok: true, lifetime: { never_reason: reason }, end: undefined };
}

function within(limits: LifetimeLimits, read: { lifetime: Lifetime; seconds: number; endMs: number }): LifetimeReading {
  const { shortestSeconds, longestSeconds } = limits;
  if (read.seconds > longestSeconds) {
    const longest = sayLength(longestSeconds);
    return refuse(`The maximum here is ${longest}.`, { label: `Use ${longest}`, seconds: longestSeconds });
  }
  if (read.seconds < shortestSeconds) {
    const shortest = sayLength(shortestSeconds);
    return refuse(`A fork lives at least ${shortest}.`, { label: "Use 1 hour", seconds: 3_600 });
  }
  return { ok: true, lifetime: read.lifetime, end: { seconds: read.seconds, atMs: read.endMs } };
}

function refuse(problem: string, way?: { label: string; seconds: number }): LifetimeReading {
  return { ok: false, problem, fix: way ? [{ label: way.label, set: { ttl: writeLength(way.seconds) } }] : [] };
}

const unread = (text: string, zone: Zone): string =>
  `“${text}” is neither a length such as 90m or 2d 4h nor a time such as 2026-01-31 18:00 (read as ${formatZone(zone)}).`;

const compact = (text: string): string => text.toLowerCase().replace(/\s+/g, "");

/** A length the way the field takes it: `7d`, `1d12h`, `90s`. */
export function writeLength(seconds: number): string {
  const units: [string, number][] = [
    ["d", Math.floor(seconds / 86_400)],
    ["h", Math.floor((seconds % 86_400) / 3_600)],
    ["m", Math.floor((seconds % 3_600) / 60)],
    ["s", seconds % 60],
  ];
  return units.map(([unit, count]) => (count ? `${count}${unit}` : "")).join("") || "0s";
}

/** A length in words where it is a round one: `7 days`, `1 hour`, `10 seconds`; otherwise as durations are said. */
export function sayLength(seconds: number): string {
  for (const [unit, size] of [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
    ["second", 1],
  ] as const)
    if (seconds >= size && seconds % size === 0 && (seconds / size < 100 || unit === "day"))
      return `${seconds / size} ${unit}${seconds === size ? "" : "s"}`;
  return formatDuration(seconds);
}
