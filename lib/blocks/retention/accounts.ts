import { assert } from "@/lib/std/assert";
import type { SegmentBytes } from "../collect/segment-bytes";
import type { Frees, LogFigures, LogShare } from "../history-types";
import type { Catalogue } from "../journal/catalogue";
import type { CreatedRecord } from "../journal/journal-records";
import type { LogHeads } from "../keeper/heads";
import type { LogIngest } from "../timeline/ingest-types";
import { VolumeError } from "../volume-error";
import { computeFigures, type LogExtent } from "./figures";
import { ForeignAhead } from "./foreign-ahead";
import { computeFrees, computeFreesEach, type LogFacts } from "./frees";
import type { Historian } from "./historian";
import type { LogStates } from "./log-states";
import { NeededUnits } from "./needed-units";
import type { PlaceTable } from "./place-table";
import { indexesOf } from "./settle";
import { computeHeirs } from "./shares";

export interface AccountsParts {
  readonly catalogue: Catalogue;
  readonly states: LogStates;
  readonly ingest: LogIngest;
  readonly historian: Historian;
  readonly heads: LogHeads;
  readonly bytes: SegmentBytes;
  /** A log's history cannot be read. */
  report(log: number, error: VolumeError): void;
}

const NOTHING_AHEAD: ReadonlyMap<number, PlaceTable> = new Map();

/** What the store's bytes are for, and what deleting would give back. */
export class Accounts {
  readonly #parts: AccountsParts;
  readonly #ahead = new ForeignAhead();
  readonly #neededUnits: NeededUnits;

  constructor(parts: AccountsParts) {
    this.#parts = parts;
    this.#neededUnits = new NeededUnits({
      revisionOf: (log) => parts.states.get(log).revision,
      commitOf(log) {
        parts.historian.catchUp(log);
        return parts.ingest.position(log)?.commit;
      },
    });
  }

  figuresOf(log: number): LogFigures {
    const { state, indexes, extent } = this.#factsOf(log);
    const isLiving = this.#parts.catalogue.isLiving(log);
    return computeFigures(state, { extent, indexes, isLiving }, this.#parts.historian.needs);
  }

  totals(): LogFigures {
    const sum = { headBytes: 0, historyBytes: 0, keptForForksBytes: 0, garbageBytes: 0, metadataBytes: 0 };
    for (const log of this.#parts.catalogue.computeNeededLogs()) {
      const figures = this.#figuresUnlessDamaged(log);
      for (const name of Object.keys(sum) as (keyof LogFigures)[]) sum[name] += figures[name];
    }
    return sum;
  }

  /** Each log's part of the disk; of one whose history cannot be read it is not known whom it is kept for. */
  shares(): Omit<LogShare, "logicalBytes">[] {
    const ledger = this.#ledgerOfNow();
    return [...this.#parts.catalogue.computeNeededLogs()].map((log) => {
      const volume = this.#parts.catalogue.findByLog(log);
      assert(volume, "every log was made for a volume");
      const of = { volumeId: volume.volumeId, isLiving: this.#parts.catalogue.isLiving(log) };
      try {
        return { ...of, figures: this.figuresOf(log), heirs: computeHeirs(log, ledger) };
      } catch (error) {
        if (!(error instanceof VolumeError)) throw error;
        return { ...of, figures: this.#figuresUnlessDamaged(log), heirs: [] };
      }
    });
  }

  /** Of a log whose history cannot be read only its size is known. */
  #figuresUnlessDamaged(log: number): LogFigures {
    try {
      return this.figuresOf(log);
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      this.#parts.report(log, error);
      const metadataBytes = this.#parts.bytes.ofLog(log, this.#parts.heads.hasWriter(log));
      return { headBytes: 0, historyBytes: 0, keptForForksBytes: 0, garbageBytes: 0, metadataBytes };
    }
  }

  frees(volumes: readonly CreatedRecord[]): Frees {
    return computeFrees(new Set(volumes.map(({ log }) => log)), this.#ledgerOfNow());
  }

  /** Reads everything that was published of a log. */
  catchUp(log: number): void {
    this.#parts.historian.catchUp(log);
  }

  /** Of each volume alone, by its log. */
  freesEach(volumes: readonly CreatedRecord[]): Map<number, Frees> {
    return computeFreesEach(
      volumes.map(({ log }) => log),
      this.#ledgerOfNow(),
    );
  }

  /** For one answer about what would be if volumes were deleted: what is asked of a log is found out once. */
  #ledgerOfNow() {
    const { catalogue } = this.#parts;
    const factsOf = memoize((log) => this.#factsOf(log));
    const aheadOf = memoize((log) => this.#aheadOf(log));
    const needs = this.#parts.historian.needs.lookingAhead((log, ancestor) => aheadOf(log).get(ancestor));
    return { catalogue, needs, factsOf, neededUnits: this.#neededUnits };
  }

  #factsOf(log: number): LogFacts {
    this.#parts.historian.catchUp(log);
    return {
      state: this.#parts.states.get(log),
      indexes: indexesOf(this.#parts.ingest, log),
      extent: this.#extentOf(log),
    };
  }

  #aheadOf(log: number): ReadonlyMap<number, PlaceTable> {
    if (!this.#parts.catalogue.isLiving(log)) return NOTHING_AHEAD;
    this.#parts.historian.catchUp(log);
    return this.#ahead.tablesOf(log, this.#parts.states.get(log).since.commit, indexesOf(this.#parts.ingest, log));
  }

  #extentOf(log: number): LogExtent {
    return {
      units: this.#parts.ingest.totals(log).units,
      diskBytes: this.#parts.bytes.ofLog(log, this.#parts.heads.hasWriter(log)),
    };
  }

  forget(log: number): void {
    this.#ahead.forget(log);
    this.#neededUnits.forget(log);
  }
}

function memoize<Answer>(find: (log: number) => Answer): (log: number) => Answer {
  const known = new Map<number, Answer>();
  return (log) => {
    const answer = known.get(log) ?? find(log);
    known.set(log, answer);
    return answer;
  };
}
