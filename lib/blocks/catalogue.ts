import { assert } from "@/lib/std/assert";
import type { CreatedRecord, JournalRecord } from "./journal-records";

/** What the journal says exists. It remembers deleted volumes too, whose logs and names their forks still need. */
export class Catalogue {
  readonly #living = new Map<string, CreatedRecord>();
  readonly #byLog = new Map<number, CreatedRecord>();

  apply(record: JournalRecord): void {
    if (record.type === "created") {
      assert(!this.#living.has(record.volumeId), "a volume is created once");
      this.#living.set(record.volumeId, record);
      this.#byLog.set(record.log, record);
    } else if (record.type === "deleted") {
      const volume = this.#byLog.get(record.log);
      assert(volume && this.#living.get(volume.volumeId) === volume, "only a living volume is deleted");
      this.#living.delete(volume.volumeId);
    }
  }

  find(volumeId: string): CreatedRecord | undefined {
    return this.#living.get(volumeId);
  }

  get living(): readonly CreatedRecord[] {
    return [...this.#living.values()];
  }

  get nextLog(): number {
    let highest = 0;
    for (const log of this.#byLog.keys()) highest = Math.max(highest, log);
    return highest + 1;
  }

  /** Volumes through which this one descends, oldest first. */
  ancestorsOf(volume: CreatedRecord): string[] {
    const ancestors: string[] = [];
    for (let source = this.#sourceOf(volume); source; source = this.#sourceOf(source))
      ancestors.unshift(source.volumeId);
    return ancestors;
  }

  /** Logs that a living volume owns or descends through: all others may go. */
  computeNeededLogs(): Set<number> {
    const needed = new Set<number>();
    for (const volume of this.#living.values()) {
      needed.add(volume.log);
      for (const step of volume.path) needed.add(step.log);
    }
    return needed;
  }

  #sourceOf(volume: CreatedRecord): CreatedRecord | undefined {
    return volume.source && this.#byLog.get(volume.source.log);
  }
}
