import { type Address, UNIT_BYTES } from "../log/format";
import type { FrameHeader } from "../log/frame";
import { type Frame, LogReader } from "../log/log-reader";

const DESCRIPTORS = 128;

/** A reader to which a file that is missing, or that the disk cannot read, is damage and no failure. */
export class CheckReader extends LogReader {
  bytesRead = 0;
  /** Hears of every whole frame that is read: so it is known what finding a root needs. */
  onFrame: ((header: FrameHeader) => void) | undefined;

  constructor(device: ConstructorParameters<typeof LogReader>[0], storeDir: string) {
    super(device, storeDir, DESCRIPTORS);
  }

  override readBlock(address: Address, target: Uint8Array): boolean {
    this.bytesRead += target.length;
    return unlessUnreadable(() => super.readBlock(address, target)) ?? false;
  }

  override findFrame(place: { log: number; segment: number; unit: number }): Frame | undefined {
    const frame = unlessUnreadable(() => super.findFrame(place));
    this.bytesRead += frame?.body.length ?? UNIT_BYTES;
    if (frame) this.onFrame?.(frame.header);
    return frame;
  }

  override findSegmentHeader(log: number, segment: number) {
    return unlessUnreadable(() => super.findSegmentHeader(log, segment));
  }

  override segmentBytes(log: number, segment: number): number {
    return unlessUnreadable(() => super.segmentBytes(log, segment)) ?? 0;
  }
}

function unlessUnreadable<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (typeof (error as { code?: string }).code === "string") return undefined;
    throw error;
  }
}
