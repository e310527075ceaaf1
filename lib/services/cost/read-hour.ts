import { isWholeHour, type Span } from "@/lib/metering";
import { AppError } from "@/lib/std/app-error";
import { parseMicros } from "@/lib/std/micros";

/** Milliseconds of a whole hour as somebody wrote it: usage is kept by the hour, and a time is never moved. */
export function readHour(text: string, field: string): number {
  const micros = parseMicros(text);
  if (micros !== undefined && isWholeHour(micros / 1000)) return micros / 1000;
  throw new AppError("INVALID_REQUEST", "Give a whole hour in UTC, like 2026-11-24T18:00:00Z.", { field });
}

/** From one hour up to a later one. */
export function readSpan(fromMs: number, toMs: number): Span {
  if (fromMs < toMs) return { fromMs, toMs };
  throw new AppError("INVALID_REQUEST", "The span ends before it begins.", { field: "to" });
}
