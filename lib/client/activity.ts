import type { AuditEntryDto } from "@/lib/schemas/audit";

/** One field of a change: what it was and what it is, in words. */
export interface ChangedField {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** The fields of an entry in the order of their names; null where there was nothing, or is nothing. */
export function listChangedFields({ before, after }: Pick<AuditEntryDto, "before" | "after">): ChangedField[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  return names.map((name) => ({ name: toWords(name), before: say(before?.[name]), after: say(after?.[name]) }));
}

/** `expiresAt` as "expires at". */
const toWords = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function say(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

const VIA: Readonly<Record<string, string>> = {
  console: "console",
  api: "API",
  ttl: "end of its life",
  engine: "engine",
};

/** Where it came from: "API, 203.0.113.7". */
export const sayOrigin = ({ via, address }: AuditEntryDto["actor"]): string =>
  [VIA[via] ?? via, address].filter(Boolean).join(", ");

/** The page's address with some of its filter changed; empty values leave it. */
export function activityHref(
  filter: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string>>,
): string {
  const query = new URLSearchParams(Object.entries({ ...filter, ...change }).filter(([, value]) => value !== ""));
  return query.size === 0 ? "/activity" : `/activity?${query}`;
}
