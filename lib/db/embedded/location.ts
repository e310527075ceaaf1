import { chmodSync, chownSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AppError } from "@/lib/std/app-error";
import { newId } from "@/lib/std/ids";
import { canEnter, findOwner, type Owner } from "./owner";

const RECORD = "control-database.json";

/** Where the embedded control database of a data directory lies; recorded there as `control-database.json`. */
export interface Location {
  /** Absolute; holds `pgdata`, `run` and `postgres.log`. */
  readonly dir: string;
  /** Major version of the server that made the data. */
  readonly major: number;
}

export interface DataDir {
  readonly path: string;
  /** A person chose it: then not being able to use it is an error. */
  readonly isExplicit: boolean;
  /** Where root keeps what the server's account cannot reach in the checkout; tests have one of their own. */
  readonly rootHome?: string;
}

const rootHomeOf = ({ rootHome = "/var/lib/offshoot" }: DataDir): string => rootHome;

/** Makes the data directory if need be. An AppError says why one cannot be used. */
export function prepareDataDir(path: string): void {
  try {
    const made = mkdirSync(path, { recursive: true });
    // Root's server runs as another account, which has to pass through but not to look around.
    if (made !== undefined) chmodSync(path, process.getuid?.() === 0 ? 0o711 : 0o700);
    const probe = join(path, `.probe-${process.pid}-${newId()}`);
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError(
      "CONTROL_PLANE",
      `The data directory ${path} cannot be used: ${reason}. Choose another one with OFFSHOOT_DATA_DIR.`,
      { cause },
    );
  }
}

/** Where programs go that cannot be used where npm put them. */
export const findCopyDir = (dataDir: DataDir): string =>
  process.getuid?.() === 0 ? rootHomeOf(dataDir) : join(dataDir.path, "bin");

/** The recorded place, or a new one that the server's account can reach, recorded before anything is put there. */
export async function settleLocation(dataDir: DataDir, major: number): Promise<Location> {
  const recorded = findRecorded(dataDir.path);
  if (recorded) return checkMajor(recorded, major);
  const record = { location: await chooseLocation(dataDir), major };
  return checkMajor(recordOnce(dataDir.path, record), major);
}

function findRecorded(dataDir: string): Location | undefined {
  const file = join(dataDir, RECORD);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  try {
    const { location, major } = JSON.parse(text) as { location: string; major: number };
    return { dir: resolve(dataDir, location), major: Number(major) };
  } catch (cause) {
    throw new AppError(
      "CONTROL_PLANE",
      `${file} is damaged. It names the folder of the control database and its major version.`,
      {
        cause,
      },
    );
  }
}

async function chooseLocation(dataDir: DataDir): Promise<string> {
  const inside = join(dataDir.path, "control-database");
  const owner = await findOwner(join(inside, "pgdata"));
  // Relative, so that a data directory can be moved.
  if (!owner || (await canEnter(dataDir.path, owner))) return "control-database";
  if (dataDir.isExplicit)
    throw new AppError(
      "CONTROL_PLANE",
      `Started as root, the control database runs as ${owner.name}, who cannot enter ${dataDir.path}. ` +
        "Open the folders above it for everybody (chmod o+x), choose another OFFSHOOT_DATA_DIR, or set DATABASE_URL.",
    );
  // A name of its own rather than one derived from the path: a checkout made anew at the same place must not find old data.
  return join(rootHomeOf(dataDir), newId());
}

/** Of several processes that start at once the first decides; the others take what it wrote. */
function recordOnce(dataDir: string, record: { location: string; major: number }): Location {
  const file = join(dataDir, RECORD);
  const half = `${file}.${process.pid}-${newId()}`;
  writeFileSync(half, `${JSON.stringify(record)}\n`);
  try {
    linkSync(half, file);
  } catch (cause) {
    if (!findRecorded(dataDir)) throw cause;
  } finally {
    rmSync(half);
  }
  return findRecorded(dataDir) ?? { dir: resolve(dataDir, record.location), major: record.major };
}

function checkMajor(location: Location, major: number): Location {
  if (location.major === major) return location;
  throw new AppError(
    "CONTROL_PLANE",
    `The control database in ${location.dir} was made by PostgreSQL ${location.major}, and this Offshoot brings ${major}. ` +
      "Start the version that made it, or move the data with pg_dump.",
  );
}

/** Makes the folders, private to the account that runs the server. */
export function prepareFolders(dataDir: DataDir, dir: string, owner: Owner | undefined): void {
  const rootHome = rootHomeOf(dataDir);
  if (dirname(dir) === rootHome) {
    mkdirSync(rootHome, { recursive: true });
    chmodSync(rootHome, 0o711); // entered by the server's account, listed by nobody
  }
  for (const folder of [dir, join(dir, "run")]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (owner) chownSync(folder, owner.uid, owner.gid);
  }
}
