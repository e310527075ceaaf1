import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The data directory whose embedded server all test files of this run share; started by the first that needs it. */
    controlDatabaseDir: string;
  }
}

/** vitest's globalSetup: names a directory, and sees to it that whatever is started there ends with this run. */
export default function setup(project: TestProject): () => Promise<void> {
  const path = mkdtempSync(join(tmpdir(), "offshoot-test-db-"));
  chmodSync(path, 0o711); // root's server runs as another account, which has to pass through
  project.provide("controlDatabaseDir", path);
  const script = fileURLToPath(new URL("./end-control-database.mjs", import.meta.url));
  const ender = spawn(process.execPath, [script, path], { detached: true, stdio: ["pipe", "ignore", "inherit"] });
  return async () => {
    ender.stdin.end();
    await once(ender, "exit");
  };
}
