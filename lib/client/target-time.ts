import { formatMicros, parseMicros } from "@/lib/std/micros";

export type TargetTimeReading =
  | { readonly ok: true; readonly micros: number; readonly time: string }
  | { readonly ok: false; readonly problem: string };

const WRITTEN =
  /^(\d{4}-\d{2}-\d{2})(?:T|\s+)(\d{2}:\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/i;
const QUOTES = /^["'`]|["'`]$/g;

/**
 * Reads a moment as people paste it: RFC 3339, or `2026-04-12 17:29:58.114` as logs and psql write it, which without an offset
 * is UTC. `time` is RFC 3339 with every digit that was given. It is never moved: what cannot be kept exactly is refused.
 */
export function readTargetTime(text: string): TargetTimeReading {
  const given = text.trim().replace(QUOTES, "").trim();
  if (!given) return refuse("Type the moment, or choose an event to fork just before it.");
  const match = WRITTEN.exec(given);
  if (!match) return refuse(`“${given}” is not a time such as ${EXAMPLE}.`);
  const [, date, clock, second = "00", fraction = "", zone] = match;
  if (!/^\d{0,6}0*$/.test(fraction))
    return refuse(`Commits have microseconds: at most six digits after the point, and “${given}” has more.`);
  const micros = parseMicros(`${date}T${clock}:${second}${fraction && `.${fraction}`}${writeOffset(zone)}`);
  if (micros === undefined) return refuse(`“${given}” is no moment of the calendar.`);
  return { ok: true, micros, time: formatMicros(micros) };
}

const EXAMPLE = "2026-04-12T17:29:58.114Z or 2026-04-12 17:29:58.114";

const refuse = (problem: string): TargetTimeReading => ({ ok: false, problem });

/** Of `+02`, `+0200` and `+02:00` alike. */
function writeOffset(zone: string | undefined): string {
  if (zone === undefined || /^[a-z]/i.test(zone)) return "Z";
  const digits = zone.replace(/\D/g, "").padEnd(4, "0");
  return `${zone.charAt(0)}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
