import { formatDuration } from "@/lib/std/format";

/** `UTC`, or an IANA zone such as `America/New_York`. */
export type Zone = string;

export const UTC: Zone = "UTC";

/** Holds the zone that a person chose, so that the server's first paint is already in it. */
export const ZONE_COOKIE = "offshoot-zone";

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export interface MomentOptions {
  readonly zone: Zone;
  /** What "today" is measured from. */
  readonly nowMs: number;
  readonly seconds?: boolean;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** As short as it can be said without doubt: `17:29:58` today, `11 Apr 09:00` this year, `11 Apr 2023 09:00` before. */
export function formatMoment(ms: number, { zone, nowMs, seconds = false }: MomentOptions): string {
  const at = partsIn(ms, zone);
  const today = partsIn(nowMs, zone);
  const clock = formatClock(at, seconds);
  if (at.year === today.year && at.month === today.month && at.day === today.day) return clock;
  const date = `${at.day} ${MONTHS[at.month - 1]}`;
  return at.year === today.year ? `${date} ${clock}` : `${date} ${at.year} ${clock}`;
}

/** The whole of it, for readouts and cards: `Fri 12 Apr 2024, 17:29:58 UTC`. */
export function formatFull(ms: number, zone: Zone, seconds = true): string {
  const at = partsIn(ms, zone);
  const weekday = DAYS[new Date(Date.UTC(at.year, at.month - 1, at.day)).getUTCDay()];
  return `${weekday} ${at.day} ${MONTHS[at.month - 1]} ${at.year}, ${formatClock(at, seconds)} ${formatZone(zone)}`;
}

/**
 * A commit's time with every digit that says something, milliseconds at least: `17:29:58.114`, `11 Apr 17:29:58.114027`. From
 * text, since a number of milliseconds has lost the rest.
 */
export function formatExact(at: string, options: Omit<MomentOptions, "seconds">): string {
  return `${formatMoment(Date.parse(at), { ...options, seconds: true })}.${digitsOf(at)}`;
}

/** The whole of it: `Fri 12 Apr 2024, 17:29:58.114027 UTC`. */
export function formatExactFull(at: string, zone: Zone): string {
  const whole = formatFull(Date.parse(at), zone);
  return whole.replace(/(\d\d:\d\d:\d\d)/, `$1.${digitsOf(at)}`);
}

/** Three, or all six: times of five digits do not line up with anything. */
function digitsOf(at: string): string {
  const digits = (/\.(\d+)/.exec(at)?.[1] ?? "").replace(/0+$/, "");
  return digits.padEnd(digits.length > 3 ? 6 : 3, "0");
}

/** What a zone is called beside a time: `UTC`, `New York`. */
export function formatZone(zone: Zone): string {
  return zone === UTC ? UTC : (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");
}

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** A past length in one unit, as lists say it: `12 s ago`, `22 m ago`, `3 h ago`, `14 d ago`. What is still to come says so. */
export function formatAgo(seconds: number): string {
  // Two clocks are never quite alike: a second ahead is not the future.
  if (seconds <= -2) return `in ${formatDuration(-seconds)}`;
  if (seconds < 2) return "just now";
  if (seconds < MINUTE) return `${Math.floor(seconds)} s ago`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} m ago`;
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)} h ago`;
  return `${Math.floor(seconds / DAY)} d ago`;
}

/** How long a step took: `0.8 s`, `12 s`, `3 m 20 s`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < MINUTE) return `${Math.floor(seconds)} s`;
  return `${Math.floor(seconds / MINUTE)} m ${Math.floor(seconds % MINUTE)} s`;
}

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i;

/**
 * The instant of `2024-04-12 18:00`, with or without seconds and offset; a text without an offset is read in `zone`.
 * Undefined when the text is none, or names a moment that the zone's clocks skipped. Of a moment that they showed
 * twice, the first.
 */
export function findInstant(text: string, zone: Zone): number | undefined {
  const match = DATE_TIME.exec(text.trim());
  if (!match) return undefined;
  const [year, month, day, hour, minute] = match.slice(1, 6).map(Number) as [number, number, number, number, number];
  const second = Number(match[6] ?? 0);
  const asIfUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  const wanted = { year, month, day, hour, minute, second };
  if (!sameParts(partsIn(asIfUtc, UTC), wanted)) return undefined;
  const offset = match[7];
  if (offset) return asIfUtc - offsetMinutes(offset) * MINUTE * 1000;
  return firstInstantOf(asIfUtc, wanted, zone);
}

function firstInstantOf(asIfUtc: number, wanted: Parts, zone: Zone): number | undefined {
  // Zones lie within 14 hours of UTC: the offsets a day before and after are the only ones that can apply.
  const offsets = [-DAY * 1000, 0, DAY * 1000].map((shift) => zoneOffsetMs(asIfUtc + shift, zone));
  const candidates = offsets.map((offset) => asIfUtc - offset).filter((ms) => sameParts(partsIn(ms, zone), wanted));
  return candidates.length ? Math.min(...candidates) : undefined;
}

function zoneOffsetMs(ms: number, zone: Zone): number {
  const at = partsIn(ms, zone);
  return Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second) - Math.floor(ms / 1000) * 1000;
}

function offsetMinutes(text: string): number {
  if (/^(z|utc)$/i.test(text)) return 0;
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/\D/g, "");
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
}

const formats = new Map<Zone, Intl.DateTimeFormat>();

function partsIn(ms: number, zone: Zone): Parts {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  return parts as unknown as Parts;
}

function sameParts(a: Parts, b: Parts): boolean {
  return (["year", "month", "day", "hour", "minute", "second"] as const).every((part) => a[part] === b[part]);
}

const two = (value: number): string => String(value).padStart(2, "0");
const formatClock = (at: Parts, seconds: boolean): string =>
  `${two(at.hour)}:${two(at.minute)}${seconds ? `:${two(at.second)}` : ""}`;

/** Whether the platform knows a zone; a cookie may hold anything. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
