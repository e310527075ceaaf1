import type { Random } from "@/lib/std/random";
import type { RewriteJob } from "../collect/rewrite-segment";
import type { Device } from "../device/device";
import { BLOCK_UNITS, toUnits, UNIT_BYTES } from "../log/format";
import { FRAME_KIND } from "../log/frame";
import { visitFrame } from "../log/frame-reader";
import { LogReader } from "../log/log-reader";
import { logPath, toSegmentNumbers } from "../log/store-paths";

/** Something that lies in a segment as a whole. */
export interface Piece {
  readonly unit: number;
  readonly units: number;
  readonly what: "slot" | "frame" | "run";
  readonly crc: number;
}

export interface ScannedSegment {
  readonly log: number;
  readonly segment: number;
  readonly endUnit: number;
  readonly pieces: readonly Piece[];
}

/** All segments of a log but the last, as their frames describe them. */
export function scanSealedSegments(device: Device, storeDir: string, log: number): ScannedSegment[] {
  const reader = new LogReader(device, storeDir, 4);
  const numbers = toSegmentNumbers(device.readdir(logPath(storeDir, log)));
  const segments = numbers.slice(0, -1).map((segment) => scan(reader, log, segment));
  reader.close();
  return segments;
}

function scan(reader: LogReader, log: number, segment: number): ScannedSegment {
  const pieces: Piece[] = [];
  let unit = 1;
  for (let frame = reader.findFrame({ log, segment, unit }); frame; frame = reader.findFrame({ log, segment, unit })) {
    const { header, body } = frame;
    const what = header.kind === FRAME_KIND.run ? "run" : "frame";
    pieces.push({ unit, units: toUnits(header.bodyBytes), what, crc: 0 });
    const add = ({ address }: { address: { log: number; segment: number; unit: number; crc: number } }) => {
      if (address.log === log && address.segment === segment)
        pieces.push({ unit: address.unit, units: BLOCK_UNITS, what: "slot", crc: address.crc });
    };
    visitFrame(header, body, { block: add, node: add });
    unit += header.units;
  }
  return { log, segment, endUnit: unit, pieces: pieces.sort((a, b) => a.unit - b.unit) };
}

/** A job that keeps each piece with a chance of `share`. */
export function chooseLive(
  scanned: ScannedSegment,
  { random, share, storeDir }: { random: Random; share: number; storeDir: string },
): RewriteJob {
  const kept = scanned.pieces.filter(() => random.int(1000) < share * 1000);
  const ofKind = (what: Piece["what"]) => kept.filter((piece) => piece.what === what);
  return {
    storeDir,
    log: scanned.log,
    segment: scanned.segment,
    endUnit: scanned.endUnit,
    live: Uint32Array.from(joined(kept).flatMap(({ unit, units }) => [unit, units])),
    slots: Uint32Array.from(ofKind("slot").flatMap(({ unit, crc }) => [unit, crc])),
    frames: Uint32Array.from(ofKind("frame").map(({ unit }) => unit)),
    bytesPerSecond: Number.POSITIVE_INFINITY,
  };
}

function joined(pieces: readonly Piece[]): { unit: number; units: number }[] {
  const runs: { unit: number; units: number }[] = [];
  for (const { unit, units } of pieces) {
    const last = runs.at(-1);
    if (last && last.unit + last.units === unit) last.units += units;
    else runs.push({ unit, units });
  }
  return runs;
}

/** What is to be left of a segment's file: its header and what lives, zeros elsewhere. */
export function expectedContent(old: Buffer, { live, endUnit }: RewriteJob): Buffer {
  const content = Buffer.alloc(endUnit * UNIT_BYTES);
  old.copy(content, 0, 0, UNIT_BYTES);
  for (let i = 0; i < live.length; i += 2) {
    const from = (live[i] as number) * UNIT_BYTES;
    old.copy(content, from, from, from + (live[i + 1] as number) * UNIT_BYTES);
  }
  return content;
}
