import { readdirSync } from "node:fs";
import { nodeDevice } from "@/lib/blocks/device/node-device";
import { visitFrame } from "@/lib/blocks/log/frame-reader";
import { LogReader } from "@/lib/blocks/log/log-reader";
import { logPath, toSegmentNumbers } from "@/lib/blocks/log/store-paths";

/** The distinct (file, block) pairs that the commits of a log after one of them changed, as its own records say. */
export function countChangedPairs(storeDir: string, log: number, afterCommit: number): number {
  const reader = new LogReader(nodeDevice, storeDir, 1);
  const pairs = new Map<number, Set<number>>();
  const note = ({ inode, block }: { inode: number; block: number }) => {
    // File 0 is the store's own table of files.
    if (inode > 0) pairs.set(inode, (pairs.get(inode) ?? new Set()).add(block));
  };
  for (const segment of toSegmentNumbers(readdirSync(logPath(storeDir, log)))) {
    let unit = 1;
    for (
      let frame = reader.findFrame({ log, segment, unit });
      frame;
      frame = reader.findFrame({ log, segment, unit })
    ) {
      if (frame.header.commit > afterCommit) visitFrame(frame.header, frame.body, { block: note, range: note });
      unit += frame.header.units;
    }
  }
  reader.close();
  return [...pairs.values()].reduce((sum, blocks) => sum + blocks.size, 0);
}
