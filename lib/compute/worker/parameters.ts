import { assert } from "@/lib/std/assert";
import type { Image } from "../images";
import type { Backend } from "./backend";
import { OWNER } from "./template-work";

/** What Postgres reports to a client at its start and on each change (GUC_REPORT), in the order of its manual, 54.2.7. */
const REPORTED = [
  "application_name",
  "client_encoding",
  "DateStyle",
  "default_transaction_read_only",
  "in_hot_standby",
  "integer_datetimes",
  "IntervalStyle",
  "is_superuser",
  "scram_iterations",
  "server_encoding",
  "server_version",
  "session_authorization",
  "standard_conforming_strings",
  "TimeZone",
] as const;
const REPORTED_SINCE_18 = ["search_path"] as const;

export function readParameters(backend: Backend, image: Image): Map<string, string> {
  const names = [...REPORTED, ...(image.flavor === "main-loop" ? REPORTED_SINCE_18 : [])];
  // Single-user mode leaves `session_authorization` empty, although the session has its user.
  return readSettings(backend, names).set("session_authorization", OWNER);
}

/** Those settings that a start finds other than the image needs them; ALTER SYSTEM can do that. */
export function findForeignSettings(backend: Backend, image: Image): string[] {
  const settings = readSettings(backend, Object.keys(image.expected));
  return Object.entries(image.expected)
    .filter(([name, value]) => settings.get(name) !== value)
    .map(([name, value]) => `${name} is ${settings.get(name)} and should be ${value}`);
}

function readSettings(backend: Backend, names: readonly string[]): Map<string, string> {
  const columns = names.map((name) => `pg_catalog.current_setting('${name}')`);
  const { row, error } = backend.query(`SELECT ${columns.join(", ")}`);
  assert(!error, `settings cannot be read at start: ${error?.message}`);
  return new Map(names.map((name, i) => [name, row[i] ?? ""]));
}
