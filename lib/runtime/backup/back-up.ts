import { existsSync } from "node:fs";
import { cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { checkDirectory } from "@/lib/blocks";
import { startEmbedded, withConnection } from "@/lib/db";
import type { Env } from "@/lib/env";
import { AppError } from "@/lib/std/app-error";
import type { Clock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { copyStore, readJournal } from "./copy-store";
import { type Manifest, writeManifest } from "./manifest";
import { withQuietStore } from "./quiet-store";
import { saveRows } from "./rows";

export interface BackUpOptions {
  readonly env: Pick<Env, "dataDir" | "dataDirIsExplicit" | "databaseUrl">;
  readonly clock: Clock;
  /** A sentence for the terminal. */
  say(sentence: string): void;
}

/** What is kept beside the blocks and the rows: the master key, and the authority that clients trust. */
export const FILES = ["secret", "tls"] as const;

/**
 * Makes a backup of control database, store and secrets in a directory that is new or empty, while everything runs or while it is
 * stopped. The control database and the store's journal are of one instant; volumes have at least what was committed by then.
 * Nothing is called a backup that was not checked.
 */
export async function backUp(target: string, { env, clock, say }: BackUpOptions): Promise<void> {
  const { dataDir } = env;
  const storeDir = join(dataDir, "blocks");
  if (!existsSync(join(storeDir, "journal")))
    throw new AppError(
      "INVALID_REQUEST",
      `There is nothing to back up in ${dataDir}. OFFSHOOT_DATA_DIR names another.`,
    );
  await mkdir(join(target, "rows"), { recursive: true, mode: 0o700 });
  if ((await readdir(target)).length > 1 || (await readdir(join(target, "rows"))).length > 0)
    throw new AppError("CONFLICT", `${target} is not empty. Name a directory that is new.`);
  say(`Copying ${dataDir} …`);
  const manifest = await withQuietStore({ dataDir, clock }, () =>
    withControlDatabase(env, (client) => copyAll(client, { dataDir, target, clock })),
  );
  say("Checking the copy …");
  const findings = checkDirectory(join(target, "blocks"));
  if (findings.length > 0) throw notInOrder(target, findings);
  await writeManifest(target, manifest);
  say(`${target} is a backup of ${manifest.takenAt}.`);
}

async function copyAll(
  client: pg.Client,
  { dataDir, target, clock }: { dataDir: string; target: string; clock: Clock },
): Promise<Manifest> {
  const storeDir = join(dataDir, "blocks");
  const journal = await beginAtOneInstant(client, storeDir, clock);
  const takenAt = new Date(clock.nowMs()).toISOString();
  const migrations = await client.query<{ name: string }>(
    `SELECT migration_name AS name FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY 1`,
  );
  const tables = await saveRows(client, join(target, "rows"));
  await client.query("COMMIT");
  for (const name of FILES) await cp(join(dataDir, name), join(target, name), { recursive: true });
  await copyStore({ storeDir, journal }, join(target, "blocks"));
  return { format: 1, takenAt, migrations: migrations.rows.map(({ name }) => name), tables };
}

// Between two records of a journal are milliseconds even when many forks are made and statements change many rows.
const ATTEMPTS = 200;
const PAUSE_MS = 25;

/**
 * Begins a transaction that sees the control database at one instant, and answers the store's journal of that same instant: it
 * was the same before and after. So no row names a volume that the copy has not, but for what an operation was just about, which
 * is what a crash at that instant would have left.
 */
async function beginAtOneInstant(client: pg.Client, storeDir: string, clock: Clock): Promise<Buffer> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await readJournal(storeDir);
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await client.query("SELECT pg_current_snapshot()");
    const after = await readJournal(storeDir);
    if (after.equals(before)) return after;
    await client.query("ROLLBACK");
    await clock.sleep(PAUSE_MS);
  }
  throw new AppError("CONTROL_PLANE", "The store changed at each of many attempts. Try again in a quieter moment.");
}

/** The configured control database, or the embedded one: joined, or started for as long as this takes. */
export async function withControlDatabase<Result>(
  { dataDir, dataDirIsExplicit, databaseUrl }: BackUpOptions["env"],
  use: (client: pg.Client, connectionString: string) => Promise<Result>,
): Promise<Result> {
  if (databaseUrl) return withConnection(databaseUrl, (client) => use(client, databaseUrl));
  const dir = { path: dataDir, isExplicit: dataDirIsExplicit };
  const { connectionString, started, stop } = await startEmbedded({ dataDir: dir, log: silentLog });
  try {
    return await withConnection(connectionString, (client) => use(client, connectionString));
  } finally {
    if (started) await stop();
  }
}

const SHOWN = 20;

const notInOrder = (target: string, findings: readonly string[]) =>
  new AppError(
    "CONTROL_PLANE",
    `The copy in ${target} is not in order. What it says of the store is to be looked into (docs/reliability.md):\n` +
      findings.slice(0, SHOWN).join("\n"),
  );
