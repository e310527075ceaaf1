/** What JSON can say, and what a jsonb column gives back unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The one text of a value: names in order, so that a row read back from jsonb has the text that it was hashed with. */
export function toCanonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${toCanonicalJson(one)}`).join(",")}}`;
}

/** A value as jsonb can hold it: times as text, big integers as digits, no character that Postgres refuses. */
export function toJson(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string") return toStorable(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object") return null;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [toStorable(name), toJson(one)]));
}

/** Text without NUL and without halves of surrogate pairs. */
export const toStorable = (text: string): string => Buffer.from(text, "utf8").toString("utf8").replaceAll("\u0000", "");
