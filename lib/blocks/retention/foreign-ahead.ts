import { PlaceTable, placeKey } from "./place-table";
import type { LogIndexes } from "./settle";

/** What logs replaced of their ancestors' slots after where they are settled; read on as the logs grow. */
export class ForeignAhead {
  readonly #logs = new Map<number, { through: number; readonly tables: Map<number, PlaceTable> }>();

  /** By ancestor: place → own commit, units, as in `LogState.foreign`. `since`: where the log is settled. */
  tablesOf(log: number, since: number, indexes: LogIndexes): ReadonlyMap<number, PlaceTable> {
    const known = this.#logs.get(log) ?? { through: since, tables: new Map<number, PlaceTable>() };
    this.#logs.set(log, known);
    const from = known.through;
    for (const index of indexes.from(from + 1)) {
      for (const { log: ancestor, segment, unit, units, commit } of index.deaths()) {
        if (ancestor === log || commit <= from) continue;
        const table = known.tables.get(ancestor) ?? new PlaceTable(2);
        known.tables.set(ancestor, table);
        const key = placeKey(segment, unit);
        if (!table.has(key)) table.set(key, [commit, units]);
      }
      known.through = Math.max(known.through, index.lastCommit);
    }
    return known.tables;
  }

  forget(log: number): void {
    this.#logs.delete(log);
  }
}
