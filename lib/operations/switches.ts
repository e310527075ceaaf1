import type pg from "pg";
import type { DisarmedDetails, DisarmedKind } from "@/lib/schemas/safety";
import { AppError } from "@/lib/std/app-error";
import { type EndpointLogin, withEndpoint } from "./endpoint-session";

/** Something inside a service that acts by itself, or that lets somebody in beside tsdbadmin. */
export interface Switch {
  readonly kind: DisarmedKind;
  readonly name: string;
  readonly details: DisarmedDetails;
  readonly isOn: boolean;
}

/** What is switched on; a role with this verifier, in pg_authid's format. */
export interface SwitchOn {
  readonly item: Pick<Switch, "kind" | "name" | "details">;
  readonly verifier: string | undefined;
}

/** All of them, on or off. Reads only. */
export function listSwitches(login: EndpointLogin): Promise<Switch[]> {
  return asOwner(login, async (client) => {
    const { rows: found } = await client.query<Row>(ROLES_AND_SUBSCRIPTIONS);
    const { rows: jobs } = (await findTimescale(client)) === undefined ? { rows: [] } : await client.query<Row>(JOBS);
    return [...found, ...jobs].map(toSwitch);
  });
}

/** Switches these off, all of them or none. */
export function turnOff(login: EndpointLogin, switches: readonly Switch[]): Promise<void> {
  return asOwner(login, async (client) => {
    const timescale = await findTimescale(client);
    // Statements in one message are one transaction.
    await client.query(switches.map((one) => toStatement(one, { isOn: false, timescale })).join(";\n"));
  });
}

/** Switches one on. GONE when it is not there any more. */
export function turnOn(login: EndpointLogin, { item, verifier }: SwitchOn): Promise<void> {
  return asOwner(login, async (client) => {
    try {
      await client.query(toStatement(item, { isOn: true, timescale: await findTimescale(client), verifier }));
    } catch (cause) {
      if (!isMissing(cause)) throw cause;
      throw new AppError("GONE", `${item.name} is not there any more, so it cannot be switched on.`, { cause });
    }
  });
}

/** Undefined role, subscription, or job. */
const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && (("code" in cause && cause.code === "42704") || /job \d+ not found/.test(cause.message));

interface Row {
  readonly kind: DisarmedKind;
  readonly name: string;
  readonly is_on: boolean;
  readonly job_id: number | null;
  readonly runs: string | null;
  readonly every: string | null;
  readonly on: string | null;
}

function toSwitch({ kind, name, is_on: isOn, job_id, runs, every, on }: Row): Switch {
  const details = {
    ...(job_id !== null && { job_id }),
    ...(runs !== null && { runs }),
    ...(every !== null && { every }),
    ...(on !== null && { on }),
  };
  return { kind, name, isOn, details };
}

// tsdbadmin's verifier is the control database's affair. A role that may not log in may one day.
const ROLES_AND_SUBSCRIPTIONS = `
  SELECT 'role_password' AS kind, rolname::text AS name, rolpassword IS NOT NULL AS is_on,
    NULL::int AS job_id, NULL::text AS runs, NULL::text AS every, NULL::text AS on
  FROM pg_authid WHERE rolname <> 'tsdbadmin' AND NOT starts_with(rolname::text, 'pg_')
  UNION ALL
  SELECT 'subscription', subname::text, subenabled, NULL, NULL, NULL, array_to_string(subpublications, ', ')
  FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  ORDER BY kind, name`;

// Jobs below 1000 are the extension's own housekeeping in its own tables, the same in every database.
const JOBS = `
  SELECT 'job' AS kind, application_name::text AS name, scheduled AS is_on, j.id AS job_id,
    proc_schema || '.' || proc_name AS runs, schedule_interval::text AS every,
    h.schema_name || '.' || h.table_name AS on
  FROM _timescaledb_config.bgw_job j LEFT JOIN _timescaledb_catalog.hypertable h ON h.id = j.hypertable_id
  WHERE j.id >= 1000 ORDER BY j.id`;

/** The schema that TimescaleDB's functions are in; undefined where it is not installed. */
async function findTimescale(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ schema: string }>(
    `SELECT quote_ident(nspname) AS schema FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
     WHERE extname = 'timescaledb'`,
  );
  return rows[0]?.schema;
}

interface Wanted {
  readonly isOn: boolean;
  readonly timescale: string | undefined;
  readonly verifier?: string | undefined;
}

function toStatement({ kind, name, details }: SwitchOn["item"], { isOn, timescale, verifier }: Wanted): string {
  switch (kind) {
    case "role_password":
      return `ALTER ROLE ${quoteName(name)} PASSWORD ${isOn && verifier !== undefined ? quoteText(verifier) : "NULL"}`;
    case "subscription":
      return `ALTER SUBSCRIPTION ${quoteName(name)} ${isOn ? "ENABLE" : "DISABLE"}`;
    case "job":
      if (timescale === undefined)
        throw new AppError("GONE", `${name} is gone: TimescaleDB is not installed any more.`);
      return `SELECT ${timescale}.alter_job(${details.job_id}, scheduled => ${isOn})`;
  }
}

const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A session in which nothing that the database's owner set or wrote gets in the way: no event trigger runs, no name is somebody else's. */
const asOwner = <Result>(login: EndpointLogin, use: (client: pg.Client) => Promise<Result>): Promise<Result> =>
  withEndpoint(login, async (client) => {
    await client.query(
      "SET search_path = pg_catalog; SET event_triggers = off; SET default_transaction_read_only = off; SET standard_conforming_strings = on",
    );
    return use(client);
  });
