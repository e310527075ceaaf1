import { describe, expect, it } from "vitest";
import { seededRandom } from "@/lib/std/random";
import { PlaceTable, placeKey, segmentOf, unitOf } from "./place-table";

describe("a table of places", () => {
  it("keeps segment and unit apart up to the largest ones", () => {
    const key = placeKey(2_000_000, 0xffff_ffff);
    expect([segmentOf(key), unitOf(key)]).toEqual([2_000_000, 0xffff_ffff]);
  });

  it("has what a plain map has after any mix of additions, changes and removals", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const table = new PlaceTable(2);
      const model = new Map<number, [number, number]>();
      for (let step = 0; step < 2_000; step++) {
        const key = placeKey(1 + random.int(4), random.int(60));
        if (random.int(3) === 0) expect(table.delete(key), `seed ${seed}`).toBe(model.delete(key));
        else {
          const values: [number, number] = [random.int(1e9), step];
          table.set(key, values);
          model.set(key, values);
        }
      }
      expect(table.size).toBe(model.size);
      for (const [key, values] of model) expect([table.get(key, 0), table.get(key, 1)]).toEqual(values);
      const found = [...table.entries()].map(({ key, values }) => [key, ...values]);
      expect(found.sort(byKey)).toEqual([...model].map(([key, values]) => [key, ...values]).sort(byKey));
    }
  });
});

const byKey = (a: number[], b: number[]): number => (a[0] as number) - (b[0] as number);
