const UNIT_SECONDS = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;
const DURATION = /^\s*(?:(\d{1,6})\s*d)?\s*(?:(\d{1,6})\s*h)?\s*(?:(\d{1,6})\s*m)?\s*(?:(\d{1,9})\s*s)?\s*$/i;

/** Seconds of a length such as `4h`, `2d 4h`, `90m`, `10s`; undefined when the text is none. */
export function findDurationSeconds(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match || !text.trim()) return undefined;
  const [, d, h, m, s] = match;
  if (d === undefined && h === undefined && m === undefined && s === undefined) return undefined;
  return (
    Number(d ?? 0) * UNIT_SECONDS.d + Number(h ?? 0) * UNIT_SECONDS.h + Number(m ?? 0) * UNIT_SECONDS.m + Number(s ?? 0)
  );
}

/** A length as the console says it (ux.md 2.5): `3 d 4 h`, `5 h 12 m`, `42 m`, `9:41`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole >= 48 * UNIT_SECONDS.h)
    return `${Math.floor(whole / UNIT_SECONDS.d)} d ${Math.floor((whole % UNIT_SECONDS.d) / UNIT_SECONDS.h)} h`;
  if (whole >= UNIT_SECONDS.h)
    return `${Math.floor(whole / UNIT_SECONDS.h)} h ${Math.floor((whole % UNIT_SECONDS.h) / UNIT_SECONDS.m)} m`;
  if (whole >= 10 * UNIT_SECONDS.m) return `${Math.floor(whole / UNIT_SECONDS.m)} m`;
  return `${Math.floor(whole / UNIT_SECONDS.m)}:${String(whole % UNIT_SECONDS.m).padStart(2, "0")}`;
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;
const BYTES = /^\s*(\d{1,6}(?:\.\d{1,3})?)\s*([KMGT])iB\s*$/i;

/** Bytes of a size such as `512 MiB`, `8GiB`, `1.5 TiB`; undefined when the text is none. */
export function findBytes(text: string): number | undefined {
  const [, count, unit] = BYTES.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  return Math.round(Number(count) * 1024 ** (1 + "KMGT".indexOf(unit.toUpperCase())));
}

/** Bytes in IEC units with a no-break space: `0 B`, `18.4 GiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)}\u00a0${BYTE_UNITS[unit]}`;
}
