import { describe, expect, test } from "vitest";
import { StoreEpoch } from "./store-epoch";

describe("the store's epoch", () => {
  test("tells a reader what was replaced since it looked, in order", () => {
    const buffer = StoreEpoch.allocate();
    const keeper = new StoreEpoch(buffer);
    const reader = new StoreEpoch(buffer);
    keeper.publish({ log: 1, segment: 1 });
    const seen = reader.count;
    expect(reader.changesSince(seen)).toEqual({ count: seen, changes: [] });
    keeper.publish({ log: 1, segment: 2 });
    keeper.publish({ log: 0xffff_ffff, segment: 0 });
    expect(reader.changesSince(seen)).toEqual({
      count: seen + 2,
      changes: [
        { log: 1, segment: 2 },
        { log: 0xffff_ffff, segment: 0 },
      ],
    });
    expect(reader.count).not.toBe(seen);
  });

  test("says so when a reader missed more than it remembers, and never names a change that was overwritten", () => {
    const keeper = new StoreEpoch(StoreEpoch.allocate());
    const seen = keeper.count;
    for (let segment = 1; segment <= 511; segment++) keeper.publish({ log: 9, segment });
    const told = keeper.changesSince(seen).changes?.map(({ segment }) => segment);
    expect(told).toEqual(Array.from({ length: 511 }, (_, index) => index + 1));
    keeper.publish({ log: 9, segment: 512 });
    expect(keeper.changesSince(seen)).toEqual({ count: seen + 512, changes: undefined });
  });

  test("goes on when its count wraps", () => {
    const buffer = StoreEpoch.allocate();
    new Int32Array(buffer)[0] = 0x7fff_ffff;
    const keeper = new StoreEpoch(buffer);
    const seen = keeper.count;
    keeper.publish({ log: 1, segment: 5 });
    keeper.publish({ log: 1, segment: 6 });
    expect(keeper.changesSince(seen).changes?.map(({ segment }) => segment)).toEqual([5, 6]);
  });
});
