import { type ScrubPlace, type ScrubSource, unlessUnreadable } from "../check/scrub";
import { RootView } from "../diff/root-view";
import type { Catalogue } from "../journal/catalogue";
import type { CreatedRecord } from "../journal/journal-records";
import type { LogHeads } from "../keeper/heads";
import type { LogReader } from "../log/log-reader";
import { resolveRoot } from "../log/resolved-root";
import type { LogIngest } from "../timeline/ingest-types";
import type { LogStates } from "./log-states";

export interface ScrubSourceParts {
  readonly catalogue: Catalogue;
  readonly states: LogStates;
  readonly ingest: LogIngest;
  readonly heads: LogHeads;
  readonly reader: LogReader;
  firstOpenSegment(log: number): number;
}

/** Heads that are asked for the name of a file: each is read from the disk. */
const NAMING_HEADS = 8;

/** What a scrub reads: the sealed segments of all logs that upkeep has visited, log by log. */
export function scrubSource(parts: ScrubSourceParts): ScrubSource {
  const { catalogue, states, ingest } = parts;
  const sealedOf = (log: number): number[] => {
    if (!ingest.isFollowed(log)) return [];
    const open = parts.firstOpenSegment(log);
    return ingest
      .segments(log)
      .map(({ segment }) => segment)
      .filter((segment) => segment < open);
  };
  const hasSegment = (log: number, segment: number) =>
    ingest.isFollowed(log) && ingest.segments(log).some((summary) => summary.segment === segment);
  return {
    isReady: () => [...catalogue.computeNeededLogs()].every((log) => states.find(log) && ingest.isFollowed(log)),
    next(after) {
      const logs = states
        .all()
        .map(({ log }) => log)
        .sort((a, b) => a - b);
      for (const log of logs) {
        if (after && log < after.log) continue;
        const segment = sealedOf(log).find((candidate) => log !== after?.log || candidate > after.segment);
        if (segment !== undefined) return { log, segment };
      }
      return undefined;
    },
    indexOf: ({ log, segment }) =>
      states.find(log) && sealedOf(log).includes(segment) ? ingest.index(log, segment) : undefined,
    isFreed({ log, segment }: ScrubPlace, unit: number) {
      const state = states.find(log);
      return !state || state.freed.has(segment, unit) || !hasSegment(log, segment);
    },
    traceOf({ log, segment }, unit) {
      const index = unlessUnreadable(() => ingest.index(log, segment));
      const commit = index?.birthOf(unit);
      return {
        volumeIds: volumesOf(catalogue, log, commit ?? 0).map(({ volumeId }) => volumeId),
        ownerId: catalogue.findByLog(log)?.volumeId,
        commit,
        commitMicros: commit === undefined ? undefined : index?.findCommit(commit)?.micros,
      };
    },
    pathOf(log, inode) {
      for (const volume of volumesOf(catalogue, log, 0).slice(0, NAMING_HEADS)) {
        const path = pathAtHead(parts, volume, inode);
        if (path !== undefined) return path;
      }
      return undefined;
    },
  };
}

/**
 * The living volumes that hold what a commit of a log wrote: the log's own first, then those that descend through it. Who was
 * forked before that commit has nothing of it.
 */
function volumesOf(catalogue: Catalogue, log: number, commit: number): readonly CreatedRecord[] {
  const descends = ({ path }: CreatedRecord) => path.some((step) => step.log === log && step.commit >= commit);
  const own = catalogue.living.filter((volume) => volume.log === log);
  return [...own, ...catalogue.living.filter((volume) => volume.log !== log && descends(volume))];
}

/** Undefined also where that head cannot be read: another one may have the name. */
const pathAtHead = ({ reader, heads }: ScrubSourceParts, volume: CreatedRecord, inode: number): string | undefined =>
  unlessUnreadable(() => {
    const view = new RootView(reader, resolveRoot(reader, reader.getFrame(heads.placeOf(volume)).header));
    const file = view.find(inode);
    return file && view.pathOf(file);
  });
