import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { PASSWORD, type Target } from "./bench-stack";

const run = promisify(execFile);

/** Runs a client of PostgreSQL (psql, pgbench) against the gateway, over TLS, and answers what it printed. */
export async function runClient(target: Target, program: "psql" | "pgbench", args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    PGHOST: "127.0.0.1",
    PGPORT: String(target.port),
    PGUSER: "tsdbadmin",
    PGDATABASE: "tsdb",
    PGPASSWORD: PASSWORD,
    PGSSLMODE: "require",
  };
  const { stdout } = await run(program, [...args], { env, maxBuffer: 16 << 20 });
  return stdout;
}
