import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { newId } from "@/lib/std/ids";
import { prepareBinaries } from "./binaries";
import { describeFailure } from "./failure";
import { type DataDir, findCopyDir, prepareFolders, settleLocation } from "./location";
import { findOwner, type Owner, run, spawnAs } from "./owner";

/** The server's superuser, and the only one: whoever reaches the private socket. */
export const SUPERUSER = "offshoot";

/** A data folder, the account it belongs to and the programs that fit it. */
export interface Cluster {
  readonly dir: string;
  readonly pgdata: string;
  readonly logFile: string;
  readonly binDir: string;
  readonly owner: Owner | undefined;
}

export interface ClusterOptions {
  readonly dataDir: DataDir;
  /** Where npm put the programs; found by itself unless a test says otherwise. */
  readonly packageDir?: string;
}

/** Settles where the data of a data directory lie, and makes the folders and the programs ready; nothing runs yet. */
export async function prepareCluster({ dataDir, packageDir }: ClusterOptions): Promise<Cluster> {
  const copyDir = findCopyDir(dataDir);
  // Asked twice: the programs' major decides about the location, and the location's owner about the programs.
  const { major } = await prepareBinaries({ owner: undefined, copyDir, packageDir });
  const { dir } = await settleLocation(dataDir, major);
  const pgdata = join(dir, "pgdata");
  const owner = await findOwner(pgdata);
  prepareFolders(dataDir, dir, owner);
  const { binDir } = await prepareBinaries({ owner, copyDir, packageDir });
  return { dir, pgdata, logFile: join(dir, "postgres.log"), binDir, owner };
}

/** Makes the data folder if there is none: aside, then renamed, so that a killed initdb leaves nothing that looks like data. */
export async function initialize(
  { dir, pgdata, binDir, owner, logFile }: Cluster,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  if (existsSync(join(pgdata, "PG_VERSION"))) return;
  const half = join(dir, `pgdata.${newId()}`);
  try {
    const durability = settings.fsync === "off" ? ["--no-sync"] : [];
    await run(join(binDir, "initdb"), ["-D", half, ...INITDB_OPTIONS, ...durability], spawnAs(owner));
    renameSync(half, pgdata);
  } catch (error) {
    // A server process of an initdb that failed may still be writing there for a moment.
    rmSync(half, { recursive: true, force: true, maxRetries: 10 });
    if (existsSync(join(pgdata, "PG_VERSION"))) return; // another process was first
    const { stderr, message } = error as Error & { stderr?: string };
    throw describeFailure(`The control database could not be made in ${dir}`, `${stderr ?? ""}\n${message}`, logFile);
  }
}

const INITDB_OPTIONS = [
  `--username=${SUPERUSER}`,
  // The socket's folder is private to one account, and nothing listens anywhere else.
  "--auth-local=trust",
  "--auth-host=reject",
  "--encoding=UTF8",
  // The builtin provider sorts the same on every system; the C library's locales differ and may be missing.
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  // 16 MiB segments would make an idle control database five times as big.
  "--wal-segsize=1",
  "--no-instructions",
];

/** Removes what killed starts left of theirs; a start that is still at it finds that another one was first. */
export function sweep({ dir }: Cluster): void {
  for (const name of readdirSync(dir))
    if (name.startsWith("pgdata.")) rmSync(join(dir, name), { recursive: true, force: true });
}
