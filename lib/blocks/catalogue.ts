import { assert } from "@/lib/std/assert";
import type { CreatedRecord, DeletedRecord } from "./journal-records";

/** What the journal says exists. It remembers deleted volumes too, whose logs and names their forks still need. */
export class Catalogue {
  readonly #living = new Map<string, CreatedRecord>();
  readonly #byLog = new Map<number, CreatedRecord>();
  #highestLog = 0;

  apply(record: CreatedRecord | DeletedRecord): void {
    if (record.type === "created") {
      assert(!this.#living.has(record.volumeId), "a volume is created once");
      this.#living.set(record.volumeId, record);
      this.#byLog.set(record.log, record);
      this.#highestLog = Math.max(this.#highestLog, record.log);
    } else {
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

  /** A number that no log had; a creation that was taken back does not give its number free while the store is open. */
  get nextLog(): number {
    return this.#highestLog + 1;
  }

  /** The volume's creation failed, and the journal no longer has it. */
  retract(record: CreatedRecord): void {
    this.#living.delete(record.volumeId);
    this.#byLog.delete(record.log);
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
