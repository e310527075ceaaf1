import type { StorageDto } from "@/lib/schemas/history";
import type { ServiceDto } from "@/lib/schemas/service";
import { formatBytes } from "@/lib/std/format";
import { isListed } from "./status";

export type StoragePart = "shared" | "pinned" | "written";

export interface StorageLine {
  readonly part: StoragePart;
  readonly term: string;
  readonly bytes: number;
  /** 0 to 1, of the bar. */
  readonly share: number;
  readonly help: string;
}

export interface StorageView {
  readonly lines: readonly StorageLine[];
  /** The whole picture for whoever does not see the bar. */
  readonly sentence: string;
  readonly remark: string;
  /** What returns its bytes: `Deleting`, or `Purging` where that was done. */
  readonly verb: string;
}

// What Postgres itself writes when it starts on a fresh volume, with room to spare.
const START_BYTES = 512 * 1024;

/** What a service shares, keeps in others' logs and has written itself, for a bar and a legend. */
export function computeStorageView(service: ServiceDto, storage: StorageDto): StorageView {
  const sharedWith = service.forked_from?.name ?? "its image";
  const { shared_bytes: shared, pinned_bytes: pinned, written_bytes: written } = storage;
  const total = Math.max(1, shared + pinned + written);
  const parts: readonly Omit<StorageLine, "share">[] = [
    {
      part: "shared",
      term: `Shared with ${sharedWith}`,
      bytes: shared,
      help: "Blocks it reads from there and has not changed. They take no space of its own.",
    },
    {
      part: "pinned",
      term: "Pinned",
      bytes: pinned,
      help: "Old blocks of other services that are kept only because of this one.",
    },
    {
      part: "written",
      term: "Written",
      bytes: written,
      help: "Blocks it changed or added: its newest state and its history.",
    },
  ];
  const verb = isListed(service) ? "Deleting" : "Purging";
  return {
    verb,
    lines: parts.map((part) => ({ ...part, share: part.bytes / total })),
    sentence: `${formatBytes(shared)} shared with ${sharedWith}, ${formatBytes(pinned)} pinned, ${formatBytes(written)} written. ${verb} frees ${formatBytes(storage.frees_bytes)}.`,
    remark: sayRemark(service, written),
  };
}

function sayRemark({ forked_from }: ServiceDto, written: number): string {
  if (!forked_from) return "Its forks share these blocks until one of them writes.";
  return written <= START_BYTES ? "Nothing written yet beyond what Postgres writes when it starts." : "";
}

export interface LogLine {
  readonly term: string;
  readonly bytes: number;
  readonly help: string;
}

/** Where the bytes of its own log on the disk go. They add up. */
export const listLogLines = ({ log }: StorageDto): readonly LogLine[] => [
  { term: "Head", bytes: log.head_bytes, help: "Blocks of its newest state." },
  {
    term: "History",
    bytes: log.history_bytes,
    help: "Older blocks that moments of its window and its snapshots need.",
  },
  { term: "Kept for forks", bytes: log.kept_for_forks_bytes, help: "Older blocks that only its forks still need." },
  { term: "Garbage", bytes: log.garbage_bytes, help: "Needed by nobody any more and not collected yet." },
  { term: "Metadata", bytes: log.metadata_bytes, help: "Maps and commit records." },
];

export const sumLog = (storage: StorageDto): number => listLogLines(storage).reduce((sum, { bytes }) => sum + bytes, 0);
