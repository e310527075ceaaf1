import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openVolume } from "@/lib/blocks";
import { nodeDevice } from "@/lib/blocks/device/node-device";
import { Keeper } from "@/lib/blocks/keeper/keeper";
import { BLOCK_BYTES } from "@/lib/blocks/log/format";
import { silentLog } from "@/lib/std/log";
import { seededRandom } from "@/lib/std/random";
import { listFiles, pickBlock } from "./somewhere";

// A process of its own for one opening: what it needs of memory is what the process grows by.

const READS = 20_000;
const MB = 1e6;

/** What one opening took. */
export interface Opening {
  readonly ms: number;
  /** Resident memory that opening added, and then reading blocks all over the volume. */
  readonly opened: number;
  readonly read: number;
}

const [storeDir, volumeId] = process.argv.slice(2) as [string, string];
const keeper = new Keeper({ device: nodeDevice, storeDir, log: silentLog });
const ticket = keeper.openWriter(volumeId);
collectGarbage();
const before = process.memoryUsage.rss();
const started = performance.now();
const volume = openVolume(ticket);
const ms = performance.now() - started;
const opened = (process.memoryUsage.rss() - before) / MB;
const random = seededRandom(1);
const files = listFiles(volume);
const block = Buffer.alloc(BLOCK_BYTES);
for (let read = 0; read < READS; read++) {
  const at = pickBlock(files, random);
  volume.read(at.inode, block, at.block * BLOCK_BYTES);
}
const read = (process.memoryUsage.rss() - before) / MB;
volume.close();
keeper.releaseWriter(ticket.logId);
keeper.close();
process.stdout.write(JSON.stringify({ ms, opened, read } satisfies Opening));

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
