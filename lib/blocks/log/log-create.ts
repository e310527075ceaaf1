import type { Device } from "../device/device";
import { NOWHERE } from "./format";
import { FRAME_KIND } from "./frame";
import { FrameBuilder } from "./frame-builder";
import type { ResolvedRoot } from "./resolved-root";
import { encodeSegmentHeader } from "./segment-header";
import { logPath, logsPath, segmentPath } from "./store-paths";

/** Makes a log whose first record is the root, durable when it returns: two writes' worth of disk, whatever the size. */
export function createLog(device: Device, storeDir: string, log: { number: number; root: ResolvedRoot }): void {
  device.mkdir(logPath(storeDir, log.number));
  const file = device.open(segmentPath(storeDir, log.number, 1), "create");
  try {
    device.pwritev(file, encodeFirstSegment(log.number, log.root), 0);
    device.fdatasync(file);
  } finally {
    device.close(file);
  }
  device.syncDirectory(logPath(storeDir, log.number));
  device.syncDirectory(logsPath(storeDir));
}

function encodeFirstSegment(log: number, root: ResolvedRoot): Uint8Array[] {
  const { unit, salt } = encodeSegmentHeader({
    log,
    segment: 1,
    firstCommit: root.commit,
    micros: root.micros,
    sealedSegment: 0,
    sealedUnits: 0,
    lastFrame: NOWHERE,
  });
  const builder = new FrameBuilder();
  builder.begin();
  for (const place of root.frames) builder.addFrame(place);
  const body = builder.finish(
    {
      place: { log, segment: 1, unit: 1 },
      kind: FRAME_KIND.root,
      flags: 0,
      salt,
      ordinal: 0,
      commit: root.commit,
      micros: root.micros,
      previous: NOWHERE,
      sinceCheckpoint: root.frames.length,
      mappedBlocks: root.mappedBlocks,
      inodeLimit: root.inodeLimit,
      tableHeight: root.tableHeight,
      tableRoot: root.tableRoot,
      moments: 0,
      clockMicros: 0,
    },
    0,
  );
  return [unit, body];
}
