import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { migrate, prepareDataDir } from "@/lib/db";
import { AppError } from "@/lib/std/app-error";
import { type BackUpOptions, FILES, withControlDatabase } from "./back-up";
import { copyStore, readJournal } from "./copy-store";
import { type Manifest, readManifest } from "./manifest";
import { loadRows } from "./rows";

export interface RestoreOptions extends Omit<BackUpOptions, "clock"> {
  /** prisma/migrations of this version. */
  readonly migrationsDir: string;
}

/** A restore that was cut off leaves this in the data directory. */
const MARK = "restoring";

/** Puts a backup into a data directory, and a control database, that have nothing yet. The next start migrates what is older. */
export async function restore(source: string, { env, migrationsDir, say }: RestoreOptions): Promise<void> {
  const { dataDir } = env;
  const manifest = await readManifest(source);
  await refuseNewer(manifest, migrationsDir);
  prepareDataDir(dataDir);
  if (existsSync(join(dataDir, "blocks")) || existsSync(join(dataDir, "control-database.json")))
    throw new AppError("CONFLICT", `${dataDir} has data. Set OFFSHOOT_DATA_DIR to a directory that is new.`);
  await writeFile(join(dataDir, MARK), "", { flush: true });
  say(`Restoring ${source} into ${dataDir} …`);
  await withControlDatabase(env, async (client, connectionString) => {
    const { rows } = await client.query<{ found: string | null }>(
      "SELECT to_regclass('public._prisma_migrations') AS found",
    );
    if (rows[0]?.found) throw new AppError("CONFLICT", "The control database has data. Name an empty one.");
    await migrate(connectionString, migrationsDir, manifest.migrations);
    await client.query("BEGIN");
    await loadRows(client, join(source, "rows"), manifest.tables);
    await client.query("COMMIT");
  });
  for (const name of FILES) await cp(join(source, name), join(dataDir, name), { recursive: true });
  const storeDir = join(source, "blocks");
  await mkdir(join(dataDir, "blocks"), { mode: 0o700 });
  await copyStore({ storeDir, journal: await readJournal(storeDir) }, join(dataDir, "blocks"));
  await rm(join(dataDir, MARK));
  say(`${dataDir} is as it was at ${manifest.takenAt}. Start Offshoot on it.`);
}

/** Half of a backup must not be taken for an installation: its next start would remove what it does not know. */
export function assertRestored(dataDir: string): void {
  if (!existsSync(join(dataDir, MARK))) return;
  throw new AppError("CONFLICT", `A restore into ${dataDir} was cut off. Remove the directory and restore again.`);
}

async function refuseNewer({ migrations }: Manifest, migrationsDir: string): Promise<void> {
  const known = new Set(await readdir(migrationsDir));
  const unknown = migrations.find((name) => !known.has(name));
  if (unknown)
    throw new AppError(
      "INVALID_REQUEST",
      `The backup was made by a newer Offshoot (${unknown}). Restore it with that one.`,
    );
}
