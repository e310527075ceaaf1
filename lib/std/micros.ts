/**
 * Times of commits as text and back: RFC 3339 on one side, integer microseconds since the epoch on the other. No `Date`
 * between them, since it cuts to milliseconds, and a time cut short names the commit before.
 */
const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const DAY = 1440 * MINUTE;

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * Microseconds since the epoch of an RFC 3339 time with a zone. Undefined for anything else: 30 February, a leap second, more
 * than six digits that say something, and what a number cannot hold exactly (years after 2255).
 */
export function parseMicros(text: string): number | undefined {
  const match = INSTANT.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number) as unknown as Parts;
  if (month < 1 || month > 12 || day < 1 || day > countDays(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction = parseFraction(match[7] ?? "");
  const offset = parseOffset(match[8], match[9], match[10]);
  if (fraction === undefined || offset === undefined) return undefined;
  const micros =
    toEpochDay(year, month, day) * DAY + (hour * 60 + minute) * MINUTE + second * SECOND + fraction - offset;
  return Number.isSafeInteger(micros) ? micros : undefined;
}

/** RFC 3339 in UTC, always with six digits: `2026-11-23T10:00:00.000001Z`. */
export function formatMicros(micros: number | bigint): string {
  const whole = Number(micros);
  const epochDay = Math.floor(whole / DAY);
  const rest = whole - epochDay * DAY;
  const { year, month, day } = fromEpochDay(epochDay);
  const second = Math.floor(rest / SECOND);
  const clock = [second / 3600, (second / 60) % 60, second % 60].map((part) => pad(Math.floor(part), 2)).join(":");
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${clock}.${pad(rest % SECOND, 6)}Z`;
}

type Parts = [unknown, number, number, number, number, number, number];

const pad = (value: number, length: number): string => String(value).padStart(length, "0");

function parseFraction(digits: string): number | undefined {
  // A seventh digit could not be kept, and a time is never moved.
  return /^\d{0,6}0*$/.test(digits) ? Number(digits.slice(0, 6).padEnd(6, "0")) : undefined;
}

function parseOffset(
  sign: string | undefined,
  hours: string | undefined,
  minutes: string | undefined,
): number | undefined {
  if (sign === undefined) return 0;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * MINUTE;
  return sign === "-" ? -offset : offset;
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const countDays = (year: number, month: number): number =>
  month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0);

// Days are counted in years that begin in March, so that the leap day is the last: 400 of them have 146,097 days.
const ERA_DAYS = 146_097;
const ERA_TO_EPOCH_DAYS = 719_468;

function toEpochDay(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const ofEra = marchYear - era * 400;
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const days = ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear;
  return era * ERA_DAYS + days - ERA_TO_EPOCH_DAYS;
}

function fromEpochDay(epochDay: number): { year: number; month: number; day: number } {
  const shifted = epochDay + ERA_TO_EPOCH_DAYS;
  const era = Math.floor(shifted / ERA_DAYS);
  const ofEra = shifted - era * ERA_DAYS;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * ofYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const day = ofYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}
