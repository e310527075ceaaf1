export const HOUR_MS = 3_600_000;

export const floorHour = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS;
export const isWholeHour = (ms: number): boolean => ms % HOUR_MS === 0;

/** From the first instant on, up to the last and without it. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The calendar month of an instant, in UTC, where no day is shorter than another. */
export function monthOf(ms: number): Span {
  const date = new Date(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { fromMs: Date.UTC(year, month, 1), toMs: Date.UTC(year, month + 1, 1) };
}

/** A month as rows and alerts name it: `2026-11`. */
export const nameMonth = (ms: number): string => new Date(ms).toISOString().slice(0, 7);

/** The parts of a span, cut at the edges of hours; none of an empty one. */
export function* splitHours({ fromMs, toMs }: Span): Generator<{ hourMs: number; lengthMs: number }> {
  for (let startMs = fromMs; startMs < toMs; ) {
    const hourMs = floorHour(startMs);
    const endMs = Math.min(hourMs + HOUR_MS, toMs);
    yield { hourMs, lengthMs: endMs - startMs };
    startMs = endMs;
  }
}
