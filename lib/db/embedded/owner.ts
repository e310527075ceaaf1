import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { AppError } from "@/lib/std/app-error";

export const run = promisify(execFile);

/** The account that the server runs as when Offshoot runs as root: Postgres refuses root. */
export interface Owner {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Undefined for an ordinary user, who owns his server himself. Root hands it to whom the data already belong, else to
 * `postgres`, else to `nobody`: installing Debian's package later must not lock us out of our own data.
 */
export async function findOwner(dataDir: string): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const existing = await stat(dataDir).catch(() => undefined);
  if (existing && existing.uid !== 0)
    return { name: `the user with id ${existing.uid}`, uid: existing.uid, gid: existing.gid };
  const owner = (await findAccount("postgres")) ?? (await findAccount("nobody"));
  if (owner) return owner;
  throw new AppError(
    "CONTROL_PLANE",
    "PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody. Start Offshoot as an ordinary user, or set DATABASE_URL.",
  );
}

async function findAccount(name: string): Promise<Owner | undefined> {
  const id = async (flag: string) => Number((await run("id", [flag, name])).stdout);
  try {
    return { name, uid: await id("-u"), gid: await id("-g") };
  } catch {
    return undefined;
  }
}

/** How to spawn as the owner. The caller's folder may be closed to it, and a process cannot start in a closed folder. */
export const spawnAs = (owner: Owner | undefined) => ({
  cwd: "/",
  ...(owner && { uid: owner.uid, gid: owner.gid }),
});

/** Whether the owner may enter `path`, or the nearest folder above it that exists. Asked of the system, which knows ACLs and mounts. */
export async function canEnter(path: string, owner: Owner | undefined): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found && path !== dirname(path)) return canEnter(dirname(path), owner);
  return run("test", ["-x", path], spawnAs(owner)).then(
    () => true,
    () => false,
  );
}
