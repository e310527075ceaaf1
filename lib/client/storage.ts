import type { ServiceDto } from "@/lib/schemas/service";
import { formatBytes } from "@/lib/std/format";

export interface StorageView {
  readonly sharedWith: string;
  /** A lower bound: the log of its own may hold a block more than once. */
  readonly sharedBytes: number;
  readonly writtenBytes: number;
  /** 0 to 1, of the bar. */
  readonly writtenShare: number;
  /** The whole picture for whoever does not see the bar. */
  readonly sentence: string;
  readonly remark: string;
}

// What Postgres itself writes when it starts on a fresh volume, with room to spare.
const START_BYTES = 512 * 1024;

/** The storage figures of a service in words; undefined while the engine does not answer. */
export function computeStorageView(service: ServiceDto): StorageView | undefined {
  if (!service.storage) return undefined;
  const { logical_bytes: logicalBytes, written_bytes: writtenBytes } = service.storage;
  const sharedBytes = Math.max(0, logicalBytes - writtenBytes);
  const total = sharedBytes + writtenBytes;
  const sharedWith = service.forked_from?.name ?? "its image";
  return {
    sharedWith,
    sharedBytes,
    writtenBytes,
    writtenShare: total === 0 ? 0 : writtenBytes / total,
    sentence: `${formatBytes(writtenBytes)} of its own; at least ${formatBytes(sharedBytes)} shared with ${sharedWith}.`,
    remark: sayRemark(service, writtenBytes),
  };
}

function sayRemark({ forked_from }: ServiceDto, writtenBytes: number): string {
  if (!forked_from) return "Its forks share these blocks until one of them writes.";
  return writtenBytes <= START_BYTES
    ? "Nothing written yet beyond what Postgres writes when it starts."
    : "Blocks that this fork changed or added. Deleting the fork frees them.";
}
