import { VolumeError } from "../volume-error";
import { checksum, FORMAT_VERSION, high32, joinWords, low32, type Place, UNIT_BYTES } from "./format";

const MAGIC = 0x3147_5346; // "FSG1"
const HEADER_WORDS = 24;
const CRC_WORD = 1;
const CHECKED_FROM_BYTE = 8;

/** Unit 0 of a segment file. */
export interface SegmentHeader {
  readonly log: number;
  readonly segment: number;
  /** The first commit that may be in it. */
  readonly firstCommit: number;
  readonly micros: number;
  /** Where the segment before is sealed: bytes past that unit do not exist. Segment 0 when this is the first. */
  readonly sealedSegment: number;
  readonly sealedUnits: number;
  /** The newest frame when this segment began; nowhere in the first. */
  readonly lastFrame: Place;
}

/** The header as its unit, and the salt that the segment's frames carry and are checked with. */
export function encodeSegmentHeader(header: SegmentHeader): { unit: Buffer; salt: number } {
  const unit = Buffer.alloc(UNIT_BYTES);
  const words = new Uint32Array(unit.buffer, unit.byteOffset, HEADER_WORDS);
  words.set([
    MAGIC,
    0,
    FORMAT_VERSION,
    header.log,
    header.segment,
    low32(header.firstCommit),
    high32(header.firstCommit),
  ]);
  words.set([low32(header.micros), high32(header.micros), header.sealedSegment, header.sealedUnits], 7);
  words.set([header.lastFrame.log, header.lastFrame.segment, header.lastFrame.unit], 11);
  const salt = checksum(unit.subarray(CHECKED_FROM_BYTE));
  words[CRC_WORD] = salt;
  return { unit, salt };
}

/** Undefined when the unit is no whole header of this log and segment. Throws for a format that is not known: a stray is removed. */
export function decodeSegmentHeader(
  unit: Buffer,
  place: { log: number; segment: number },
): { header: SegmentHeader; salt: number } | undefined {
  const at = (word: number) => unit.readUInt32LE(word * 4);
  const salt = at(CRC_WORD);
  if (at(0) !== MAGIC || checksum(unit.subarray(CHECKED_FROM_BYTE)) !== salt) return undefined;
  if (at(2) !== FORMAT_VERSION)
    throw new VolumeError(
      "EIO",
      `Segment ${place.segment} of log ${place.log} has format ${at(2)}, and this version knows ${FORMAT_VERSION}: start the version that made it.`,
    );
  if (at(3) !== place.log || at(4) !== place.segment) return undefined;
  const header = {
    log: at(3),
    segment: at(4),
    firstCommit: joinWords(at(5), at(6)),
    micros: joinWords(at(7), at(8)),
    sealedSegment: at(9),
    sealedUnits: at(10),
    lastFrame: { log: at(11), segment: at(12), unit: at(13) },
  };
  return { header, salt };
}
