import type { Setting } from "./wire/startup-options";

/**
 * What Postgres keeps for a session beyond a transaction, asked and reset with SQL. All texts are plain ASCII: the
 * client's encoding may be anything when they run.
 */

/** Name of the statement with which the gateway asks; no client's unnamed statement is disturbed by it. */
export const PROBE_STATEMENT = "offshoot_gateway_probe";

// The same patterns as for a client's texts (custom-settings.ts), for functions that a client only calls.
const FUNCTION_NAMES = `(select pg_catalog.json_agg(distinct pg_catalog.lower(match[1]))
    from pg_catalog.pg_proc proc, pg_catalog.regexp_matches(
      coalesce(pg_catalog.pg_get_function_sqlbody(proc.oid), proc.prosrc),
      '(?:set_config\\s*\\(\\s*''|\\mset\\s+(?:session\\s+|local\\s+)?)([a-z_]\\w*\\.\\w+)', 'gi') match
    where proc.prolang not in (12, 13) and proc.pronamespace <> 11)`;

export interface ProbeWish {
  /** Custom settings to look at. */
  readonly names: Iterable<string>;
  /** Also read the names of custom settings out of the functions of the database. */
  readonly readsFunctions: boolean;
}

/**
 * A query for one row: what pins the session, each column a count or a text. (An embedded Postgres may have process id 0,
 * which pg_locks shows as null.)
 */
export function composeProbe({ names, readsFunctions }: ProbeWish): string {
  const list = [...names].map(quote).join(", ");
  // An extension's setting has a dot too, but is listed like any other; only what nobody declared is hidden.
  const custom = `(select pg_catalog.json_object_agg(name, pg_catalog.current_setting(name, true))
    from pg_catalog.unnest(array[${list}]) name where 'NO_SHOW_ALL' = any(pg_catalog.pg_settings_get_flags(name)))`;
  return `select
  (select pg_catalog.count(*) from pg_catalog.pg_prepared_statements where name <> '${PROBE_STATEMENT}'),
  (select pg_catalog.count(*) from pg_catalog.pg_cursors where is_holdable),
  (select pg_catalog.count(*) from pg_catalog.pg_class
    where pg_catalog.pg_my_temp_schema() <> 0 and relnamespace = pg_catalog.pg_my_temp_schema()) +
  (select pg_catalog.count(*) from pg_catalog.pg_proc
    where pg_catalog.pg_my_temp_schema() <> 0 and pronamespace = pg_catalog.pg_my_temp_schema()) +
  (select pg_catalog.count(*) from pg_catalog.pg_type
    where pg_catalog.pg_my_temp_schema() <> 0 and typnamespace = pg_catalog.pg_my_temp_schema()),
  (select pg_catalog.count(*) from pg_catalog.pg_locks
    where locktype = 'advisory' and coalesce(pid, 0) = pg_catalog.pg_backend_pid()),
  (select pg_catalog.count(*) from pg_catalog.pg_listening_channels()),
  (select pg_catalog.json_object_agg(pg_catalog.lower(name), pg_catalog.current_setting(name))
    from pg_catalog.pg_settings where source = 'session'),
  session_user,
  pg_catalog.current_setting('role'),
  ${list ? custom : "null"},
  ${readsFunctions ? FUNCTION_NAMES : "null"}`;
}

/** The state in which the gateway handed a session to its client. */
export interface Baseline {
  /** Values as Postgres writes them, by lower-case name. */
  readonly settings: ReadonlyMap<string, string>;
  readonly sessionUser: string;
}

type Row = readonly (string | null)[];

const FUNCTIONS_COLUMN = 9;

/** The names of custom settings that functions mention, when they were asked for. */
export function findFunctionNames(row: Row): string[] {
  return JSON.parse(row[FUNCTIONS_COLUMN] ?? "[]") as string[];
}

/** What keeps a session with its client, in words for the people who wait; empty when nothing does. */
export function findPins(row: Row, baseline: Baseline): string[] {
  const [prepared, cursors, temporary, locks, channels, settings, sessionUser, role, custom] = row;
  const pins: string[] = [];
  if (prepared !== "0") pins.push("prepared statements");
  if (cursors !== "0") pins.push("a held cursor");
  if (temporary !== "0") pins.push("temporary tables");
  if (locks !== "0") pins.push("session advisory locks");
  if (channels !== "0") pins.push("LISTEN");
  const changed = [...findChanged(settings, baseline), ...findChanged(custom, baseline)];
  if (changed.length > 0) pins.push(`settings (${changed.join(", ")})`);
  if (sessionUser !== baseline.sessionUser || role !== "none") pins.push("a changed role");
  return pins;
}

/** Names of the settings that differ. One that is empty or unknown is not set: RESET leaves custom ones empty. */
function findChanged(json: string | null | undefined, baseline: Baseline): string[] {
  const settings = Object.entries(JSON.parse(json ?? "{}") as Record<string, string | null>);
  return settings
    .filter(([name, value]) => (baseline.settings.get(name) ?? "") !== (value ?? ""))
    .map(([name]) => name);
}
/**
 * Makes the session like a fresh one and applies what its next client asked for when it connected. Answers one row per
 * setting with its value as Postgres writes it, then one with the session's user.
 */
export function composeAttach(settings: readonly Setting[]): string {
  const apply = settings.map(
    ({ name, value }) => `select pg_catalog.set_config(${quote(name)}, ${quote(value)}, false)`,
  );
  return ["reset all", "discard sequences", ...apply, "select session_user"].join("; ");
}

/** Reads the rows of `composeAttach`. */
export function toBaseline(settings: readonly Setting[], rows: readonly Row[]): Baseline {
  const values = settings.map(({ name }, index) => [name.toLowerCase(), rows[index]?.[0] ?? ""] as const);
  return { settings: new Map(values), sessionUser: rows[settings.length]?.[0] ?? "" };
}

/** Gives a client back what it asked for when it connected, where RESET took it away; what it set itself stays. */
export function composeRestore(settings: readonly Setting[]): string {
  const rows = settings.map(({ name, value }) => `(${quote(name)}, ${quote(value)})`).join(", ");
  return `select pg_catalog.set_config(wanted.name, wanted.value, false) from (values ${rows}) wanted (name, value)
    join pg_catalog.pg_settings current on pg_catalog.lower(current.name) = pg_catalog.lower(wanted.name)
    where current.source <> 'session'`;
}

/** One row: the values of these settings, in their order. */
export function composeReport(names: Iterable<string>): string {
  return `select ${[...names].map((name) => `pg_catalog.current_setting(${quote(name)})`).join(", ")}`;
}

/** What a fresh session reports with these settings applied, for a backend that does not say so itself. */
export function findReports(fresh: ReadonlyMap<string, string>, { settings }: Baseline): Map<string, string> {
  return new Map([...fresh].map(([name, value]) => [name, settings.get(name.toLowerCase()) ?? value]));
}

/**
 * Leaves nothing of a client that has gone. Statements of their own: DISCARD ALL may not run in a transaction. The user is
 * named, because an embedded Postgres takes whoever was set last for the one who logged in.
 */
export function composeCleanup(sessionUser: string, isInTransaction: boolean): string[] {
  const restoreUser = `select pg_catalog.set_config('session_authorization', ${quote(sessionUser)}, false)`;
  return [...(isInTransaction ? ["rollback"] : []), "discard all", ...(sessionUser ? [restoreUser] : [])];
}

/** A text literal in ASCII; assumes nothing about standard_conforming_strings or the client's encoding. */
export function quote(text: string): string {
  let literal = "";
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    const isPlain = unit >= 0x20 && unit < 0x7f && unit !== 0x27 && unit !== 0x5c;
    literal += isPlain ? text[index] : `\\u${unit.toString(16).padStart(4, "0")}`;
  }
  return `E'${literal}'`;
}
