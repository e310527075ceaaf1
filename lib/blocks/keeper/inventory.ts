import { AppError } from "@/lib/std/app-error";
import type { Log } from "@/lib/std/log";
import { removeStrayTemporaries } from "../collect/rewrite-segment";
import type { Device } from "../device/device";
import { Catalogue } from "../journal/catalogue";
import type { Journal } from "../journal/journal";
import type { CreatedRecord, Fact } from "../journal/journal-records";
import { openTidyJournal } from "../journal/tidy-journal";
import { logsPath, toLogNumbers } from "../log/store-paths";
import { toVolumeError } from "../volume-error";
import { removeLog } from "./log-remove";

export interface InventoryParts {
  readonly device: Device;
  readonly storeDir: string;
  readonly log: Log;
  /** The log is about to go. */
  forgetLog(log: number): void;
}

/** What exists: the journal, the catalogue that says what it means, and the logs' directories, in step with each other. */
export class Inventory {
  readonly catalogue = new Catalogue();
  readonly #parts: InventoryParts;
  readonly #journal: Journal;
  /** The journal's last record when it made a volume and nothing proves that this was done. */
  readonly #unproven: CreatedRecord | undefined;
  /** No log that was removed before can come back. */
  #isRemovalDurable = false;

  constructor(parts: InventoryParts) {
    this.#parts = parts;
    const { device, storeDir } = parts;
    device.mkdir(logsPath(storeDir));
    removeStrayTemporaries(device, storeDir);
    const { journal, records, isSettled } = openTidyJournal(this.catalogue, parts);
    this.#journal = journal;
    const last = records.at(-1);
    this.#unproven = last?.type === "created" && !isSettled ? last : undefined;
  }

  /** Removes what a crash left half made or half removed. */
  mend(isWhole: (volume: CreatedRecord) => boolean): void {
    if (this.#unproven) this.#undoUnlessWhole(this.#unproven, isWhole);
    this.#settle();
    this.#removeUnneededLogs();
  }

  get(volumeId: string): CreatedRecord {
    const volume = this.catalogue.find(volumeId);
    if (!volume) throw new AppError("NOT_FOUND", `There is no volume ${volumeId}.`);
    return volume;
  }

  /** Durable when it returns. */
  record(fact: Fact): void {
    this.#journal.append(fact);
    this.catalogue.apply(fact);
    this.#settle();
  }

  /** Journal first, then the log; what fails in between is taken back. */
  add(record: CreatedRecord, makeLog: () => void): void {
    this.#makeRemovalDurable(record.volumeId);
    this.#journal.append(record);
    this.catalogue.apply(record);
    try {
      makeLog();
    } catch (error) {
      this.#takeBack(record);
      throw toVolumeError(error, `making volume ${record.volumeId}`);
    }
    this.#settle();
  }

  /**
   * A creation that was taken back before the store was opened may have had the same number: if its log came back with a power
   * cut amid this one, it would be taken for the log of this volume.
   */
  #makeRemovalDurable(volumeId: string): void {
    if (this.#isRemovalDurable) return;
    try {
      this.#parts.device.syncDirectory(logsPath(this.#parts.storeDir));
    } catch (error) {
      throw toVolumeError(error, `making volume ${volumeId}`);
    }
    this.#isRemovalDurable = true;
  }

  /** Logs on the disk that nobody needs. */
  unneededLogs(): number[] {
    const needed = this.catalogue.computeNeededLogs();
    return toLogNumbers(this.#parts.device.readdir(logsPath(this.#parts.storeDir))).filter((log) => !needed.has(log));
  }

  /** Throws when nobody may act on what the journal says. */
  refuseDoubt(): void {
    this.#journal.refuseDoubt();
  }

  close(): void {
    this.#journal.close();
  }

  /** Proves the journal's last record, as an idle frame proves a commit. When it fails only that proof is missing. */
  #settle(): void {
    try {
      this.#journal.settle();
    } catch (error) {
      this.#parts.log.warn({ error }, "the journal's last record could not be proven");
    }
  }

  /** The journal forgets it first: it needs no room for that, and what is left of the log is then nobody's. */
  #takeBack(record: CreatedRecord): void {
    this.catalogue.retract(record);
    this.#journal.retract();
    this.#removeUnneededLogs();
  }

  /** Only the journal's last record can be of a volume whose log was not completely made: nobody was told of it. */
  #undoUnlessWhole(record: CreatedRecord, isWhole: (volume: CreatedRecord) => boolean): void {
    if (isWhole(record)) {
      this.#parts.device.syncDirectory(logsPath(this.#parts.storeDir));
      return;
    }
    this.#parts.log.warn({ volumeId: record.volumeId }, "removing a volume whose creation was cut off");
    this.#takeBack(record);
  }

  #removeUnneededLogs(): void {
    const { device, storeDir, log, forgetLog } = this.#parts;
    for (const unneeded of this.unneededLogs()) {
      forgetLog(unneeded);
      try {
        removeLog(device, storeDir, unneeded);
      } catch (error) {
        // The journal does not have it, so the next opening tries again; until then its number is taken.
        this.catalogue.noteUsed(unneeded);
        log.warn({ log: unneeded, error }, "a deleted log could not be removed yet");
      }
    }
  }
}
