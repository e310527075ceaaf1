import type { Catalogue } from "../catalogue";
import type { ScrubPlace, ScrubSource } from "../check/scrub";
import { RootView } from "../diff/root-view";
import type { LogHeads } from "../heads";
import type { LogReader } from "../log-reader";
import { resolveRoot } from "../resolved-root";
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
  return {
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
      return !state || !sealedOf(log).includes(segment) || state.freed.has(segment, unit);
    },
    volumesOf(log) {
      const isOf = (volume: { log: number; path: readonly { log: number }[] }) =>
        volume.log === log || volume.path.some((step) => step.log === log);
      return catalogue.living.filter(isOf).map(({ volumeId }) => volumeId);
    },
    pathOf(log, inode) {
      const volume = catalogue.findByLog(log);
      if (!volume || !catalogue.isLiving(log)) return undefined;
      const root = resolveRoot(parts.reader, parts.reader.getFrame(parts.heads.placeOf(volume)).header);
      const view = new RootView(parts.reader, root);
      const file = view.find(inode);
      return file && view.pathOf(file);
    },
  };
}
