import { describe, expect, it } from "vitest";
import { decodeLedger, encodeLedger } from "./ledger";
import { foreignOf, type LogState, newLogState } from "./log-state";
import { placeKey } from "./place-table";

const SINCE = { commit: 40, micros: 1_700_000_000_000_123, segment: 3, unit: 17, moments: 31 };

function sample(): LogState {
  const state = newLogState(9, SINCE);
  state.retention = { micros: 86_400_000_000, bytes: 8 << 30 };
  state.seenCommit = 77;
  state.kept = [{ ...SINCE, commit: 12, nextMicros: 1_700_000_000_000_050, isTick: true }];
  state.freed.add(2, 5, 9);
  state.freed.add(300, 4095, 2);
  state.collected.set(2, 4);
  state.retained.set(placeKey(1, 8), [3, 12, 2, 1]);
  foreignOf(state, 4).set(placeKey(7, 70), [41, 2]);
  return state;
}

const contentOf = (state: LogState) => ({
  ...state,
  freed: [...state.freed.segments].map((segment) => [segment, [...state.freed.gapsIn(segment, 0, 5_000)]]),
  collected: [...state.collected].filter(([, units]) => units > 0),
  retained: [...state.retained.entries()].map(({ key, values }) => [key, ...values]),
  foreign: [...state.foreign].map(([log, table]) => [
    log,
    [...table.entries()].map(({ key, values }) => [key, ...values]),
  ]),
});

describe("a log's ledger", () => {
  it("brings back everything that was decided", () => {
    const state = sample();
    expect(contentOf(decodeLedger(encodeLedger(state), 9) as LogState)).toEqual(contentOf(state));
  });

  it("is refused when a bit of it changed, when it is cut, and when it is another log's", () => {
    const bytes = encodeLedger(sample());
    expect(decodeLedger(bytes, 8)).toBeUndefined();
    expect(decodeLedger(bytes.subarray(0, -1), 9)).toBeUndefined();
    for (let at = 0; at < bytes.length; at += 37) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 4, at);
      expect(decodeLedger(damaged, 9), `byte ${at}`).toBeUndefined();
    }
  });
});
