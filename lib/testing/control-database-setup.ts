import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { startEmbedded } from "@/lib/db";
import { silentLog } from "@/lib/std/log";

declare module "vitest" {
  interface ProvidedContext {
    /** The data directory whose embedded server all test files of this run share; started by the first that needs it. */
    controlDatabaseDir: string;
  }
}

/** vitest's globalSetup: names a directory, and ends and removes whatever was started there. */
export default function setup(project: TestProject): () => Promise<void> {
  const path = mkdtempSync(join(tmpdir(), "offshoot-test-db-"));
  chmodSync(path, 0o711); // root's server runs as another account, which has to pass through
  project.provide("controlDatabaseDir", path);
  return async () => {
    const location = findLocation(path);
    if (location) {
      await (await startEmbedded({ dataDir: { path, isExplicit: false }, log: silentLog })).stop();
      rmSync(location, { recursive: true, force: true });
    }
    rmSync(path, { recursive: true, force: true });
  };
}

function findLocation(path: string): string | undefined {
  try {
    const { location } = JSON.parse(readFileSync(join(path, "control-database.json"), "utf8")) as { location: string };
    return resolve(path, location);
  } catch {
    return undefined; // no test file of this run needed it
  }
}
