import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LogBytes, type Owner, shareBytes } from "./share-bytes";

const owners: Readonly<Record<string, Owner>> = {
  source: { projectId: "p1", serviceId: "s-source" },
  one: { projectId: "p1", serviceId: "s-one" },
  two: { projectId: "p1", serviceId: "s-two" },
  kept: { projectId: "p1", serviceId: "s-one" },
  other: { projectId: "p2", serviceId: "s-other" },
};
const share = (...logs: LogBytes[]) => shareBytes(logs, (volumeId) => owners[volumeId]);
const aLog = (volumeId: string, different: Partial<LogBytes> = {}): LogBytes => ({
  ...{ volumeId, isLiving: true, ownBytes: 100, keptForForksBytes: 0, logicalBytes: 1_000, heirs: [] },
  ...different,
});
const heirs = (...sole: [string, number][]) => sole.map(([volumeId, soleBytes]) => ({ volumeId, soleBytes }));

describe("who pays for a byte", () => {
  test("of a log is its owner; of what is kept for one fork alone, that fork; of the rest that is kept, the owner", () => {
    const { byService, systemBytes } = share(
      aLog("source", { keptForForksBytes: 50, heirs: heirs(["one", 20], ["two", 5]) }),
      aLog("one", { ownBytes: 10 }),
    );
    expect(byService.get("s-source")).toEqual({ written: 100, pinned: 25, logical: 1_000 });
    expect(byService.get("s-one")).toEqual({ written: 10, pinned: 20, logical: 1_000 });
    expect(byService.get("s-two")).toEqual({ written: 0, pinned: 5, logical: 0 });
    expect(systemBytes).toBe(0);
  });

  test("of a log whose owner is purged is its project, without what is kept for one fork alone", () => {
    const left = aLog("gone", { isLiving: false, ownBytes: 7, keptForForksBytes: 50 });
    const { byService, keptByProject } = share({ ...left, heirs: heirs(["one", 20], ["two", 0]) });
    expect(keptByProject).toEqual(new Map([["p1", 37]]));
    expect(byService.get("s-one")?.pinned).toBe(20);
    // The whole log is kept for its only heir.
    const sole = share({ ...left, heirs: heirs(["two", 57]) });
    expect([sole.keptByProject.get("p1"), sole.byService.get("s-two")?.pinned]).toEqual([0, 57]);
  });

  test("of a volume that a reset keeps is its service", () => {
    expect(share(aLog("one"), aLog("kept", { ownBytes: 11 })).byService.get("s-one")?.written).toBe(111);
  });

  test("of templates, of what they were made of, and of throwaway forks is nobody", () => {
    const workshop = aLog("workshop", { isLiving: false, heirs: heirs(["template", 0], ["source", 0]) });
    const ofTwoProjects = aLog("old-template", { isLiving: false, heirs: heirs(["source", 0], ["other", 0]) });
    const { systemBytes, byService } = share(
      aLog("template"),
      ...[workshop, ofTwoProjects, aLog("throwaway")],
      aLog("source", { keptForForksBytes: 30, heirs: heirs(["throwaway", 30]) }),
    );
    expect(systemBytes).toBe(430);
    expect([...byService]).toEqual([["s-source", { written: 100, pinned: 0, logical: 1_000 }]]);
  });

  test("is said of every byte, once", () => {
    const volumeId = fc.constantFrom("source", "one", "two", "kept", "other", "template", "gone");
    const log = fc
      .record({
        ...{ volumeId, isLiving: fc.boolean(), ownBytes: fc.nat(1e9), logicalBytes: fc.nat(1e9) },
        sole: fc.uniqueArray(fc.tuple(volumeId, fc.nat(1e6)), { maxLength: 4, selector: ([id]) => id }),
        rest: fc.nat(1e9),
      })
      .map(({ sole, rest, ...of }): LogBytes => {
        const keptForForksBytes = sole.reduce((sum, [, bytes]) => sum + bytes, rest);
        return { ...of, keptForForksBytes, heirs: heirs(...sole) };
      });
    fc.assert(
      fc.property(fc.array(log, { maxLength: 8 }), (logs) => {
        const { byService, keptByProject, systemBytes } = share(...logs);
        const services = [...byService.values()].reduce((sum, held) => sum + held.written + held.pinned, 0);
        const kept = [...keptByProject.values()].reduce((sum, bytes) => sum + bytes, 0);
        const all = logs.reduce((sum, one) => sum + one.ownBytes + one.keptForForksBytes, 0);
        expect(services + kept + systemBytes).toBe(all);
      }),
    );
  });
});
