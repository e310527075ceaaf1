import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { seededRandom } from "@/lib/std/random";
import { bundleKeeper } from "@/lib/testing/keeper-bundle";
import { type BlockStore, openStore, openVolume } from "./index";

const KILLS = 12;
const BLOCK_BYTES = 8192;
const FIXTURE = fileURLToPath(new URL("./kill.fixture.ts", import.meta.url));

let dir: string;
let writerEntry: string;
let bundle: Awaited<ReturnType<typeof bundleKeeper>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "offshoot-kill-"));
  writerEntry = join(dir, "writer.mjs");
  const options = { bundle: true, platform: "node", format: "esm", target: "node20" } as const;
  await build({ entryPoints: [FIXTURE], outfile: writerEntry, ...options });
  bundle = await bundleKeeper();
});
afterAll(async () => {
  await bundle.remove();
  await rm(dir, { recursive: true, force: true });
});

/** Lets a child write until it has said so many commits and some bytes more, kills it, answers the last commit it said. */
async function writeAndKill(store: BlockStore, commits: number): Promise<number> {
  const { ticket, release } = await store.openWriter("v");
  const { headCell, storeEpoch: _, ...given } = ticket;
  const argument = JSON.stringify({ ...given, cell: [...new Int32Array(headCell)] });
  const child = spawn(process.execPath, [writerEntry, argument], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const bytes of child.stdout) {
    said += bytes;
    if (said.split("\n").length > commits) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
  await release();
  // The last piece may be half a line.
  return Number(said.split("\n").slice(0, -1).at(-1));
}

test("a writer that is killed at any moment loses nothing that it acknowledged, and leaves nothing half done", async () => {
  const storeDir = join(dir, "store");
  const options = { clock: systemClock, log: silentLog, keeperEntry: bundle.keeperEntry };
  let store = await openStore(storeDir, options);
  await store.create("v");
  const random = seededRandom(5);
  for (let kill = 0; kill < KILLS; kill++) {
    const acknowledged = await writeAndKill(store, 1 + random.int(120));
    if (kill % 3 === 0) {
      await store.close();
      store = await openStore(storeDir, options);
    }
    const { ticket, release } = await store.openWriter("v");
    const volume = openVolume(ticket);
    const { commit } = volume.head;
    expect(commit).toBeGreaterThanOrEqual(acknowledged);
    expect(commit).toBeLessThanOrEqual(acknowledged + 1);
    expect(volume.readdir(1).sort()).toEqual(["f", `n-${commit}`]);
    const content = Buffer.alloc(5 * BLOCK_BYTES);
    volume.read(volume.lookup("/f") ?? 0, content, 0);
    for (let block = 0; block < 5; block++) expect(content.readUInt32LE(block * BLOCK_BYTES)).toBe(commit);
    volume.close();
    await release();
  }
  await store.close();
});
