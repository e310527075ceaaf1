import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ENTRY = fileURLToPath(new URL("../blocks/keeper/keeper-worker.ts", import.meta.url));

/** The keeper's thread as a JavaScript file for `openStore`; `remove` when the test file is done. */
export async function bundleKeeper(): Promise<{ keeperEntry: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "offshoot-keeper-"));
  const keeperEntry = join(directory, "keeper-worker.mjs");
  await build({
    entryPoints: [ENTRY],
    outfile: keeperEntry,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
  });
  return { keeperEntry, remove: () => rm(directory, { recursive: true, force: true }) };
}
