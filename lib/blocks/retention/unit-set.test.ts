import { describe, expect, it } from "vitest";
import { seededRandom } from "@/lib/std/random";
import { UnitSet } from "./unit-set";

describe("units that nobody needs", () => {
  it("counts each unit once, by segment and in all", () => {
    const set = new UnitSet();
    expect(set.add(1, 3, 4)).toBe(4);
    expect(set.add(1, 5, 4)).toBe(2);
    expect(set.add(7, 100, 1)).toBe(1);
    expect([set.count, set.countIn(1), set.countIn(7), set.countIn(2)]).toEqual([7, 6, 1, 0]);
    set.forget(1);
    expect([set.count, set.countIn(1), set.has(1, 4)]).toEqual([1, 0, false]);
  });

  it("has what a plain set has, after a way through its bitmaps too", () => {
    const random = seededRandom(11);
    const set = new UnitSet();
    const model = new Set<number>();
    for (let step = 0; step < 500; step++) {
      const [from, units] = [random.int(300), 1 + random.int(5)];
      set.add(4, from, units);
      for (let unit = from; unit < from + units; unit++) model.add(unit);
    }
    const loaded = new UnitSet();
    loaded.load(4, set.bitmap(4));
    for (let unit = 0; unit < 320; unit++) expect(loaded.has(4, unit)).toBe(model.has(unit));
    expect(loaded.count).toBe(model.size);
  });

  it("names the runs between", () => {
    const set = new UnitSet();
    set.add(1, 2, 3);
    set.add(1, 8, 2);
    expect([...set.gapsIn(1, 1, 10)]).toEqual([
      { unit: 1, units: 1 },
      { unit: 5, units: 3 },
    ]);
    expect([...set.gapsIn(2, 0, 4)]).toEqual([{ unit: 0, units: 4 }]);
  });
});
