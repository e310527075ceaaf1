import { expect, test } from "vitest";
import type { DamageDto, DamagesDto, WindowDto } from "@/lib/schemas/history";
import { aFork, aService, aSnapshot } from "@/lib/testing/service-fixtures";
import { adviseOnDamage, nameDamage, sayDamaged, selectDamages } from "./damage";

const aDamage = (different: Partial<DamageDto> = {}): DamageDto => ({
  path: "/base/5/2619",
  block: 12,
  found: "2026-11-23T10:00:00.000000Z",
  commit: 40,
  commit_time: "2026-11-23T09:00:00.000000Z",
  inherited: false,
  log: 3,
  segment: 2,
  unit: 17,
  ...different,
});

const all = (...damages: DamageDto[]): DamagesDto => ({
  count: damages.length,
  damages,
  scrubbed: null,
  generated_at: "2026-11-23T10:00:01.000000Z",
});

const aWindow = (earliest: string, snapshots: WindowDto["snapshots"] = []): WindowDto => ({
  earliest,
  exact_since: earliest,
  latest: "2026-11-23T10:00:01.000000Z",
  newest_commit: 90,
  newest_commit_time: "2026-11-23T09:59:00.000000Z",
  retention_seconds: 86_400,
  retention_bytes: 1,
  thinning: [],
  gaps: [],
  snapshots,
  holds: [],
  generated_at: "2026-11-23T10:00:01.000000Z",
});

test("a damaged place is named by file and block, and by where it lies when there is no file", () => {
  expect(nameDamage(aDamage())).toBe("block 12 of /base/5/2619");
  expect(nameDamage(aDamage({ block: null }))).toBe("the map of /base/5/2619 (log 3, segment 2, unit 17)");
  expect(nameDamage(aDamage({ path: null }))).toBe("block 12 of a file without a name (log 3, segment 2, unit 17)");
  expect(nameDamage(aDamage({ path: null, block: null }))).toContain("a map or a commit record");
});

test("a few places are named and the rest counted", () => {
  const { named, more } = selectDamages({ ...all(...Array.from({ length: 5 }, () => aDamage())), count: 300 });
  expect([named.length, more]).toEqual([3, 297]);
  expect(selectDamages(all(aDamage())).more).toBe(0);
  expect([sayDamaged(1), sayDamaged(2)]).toEqual([
    "A damaged place was found on the disk.",
    "2 damaged places were found on the disk.",
  ]);
});

test("the moment before the oldest damaged block was written is offered, to the microsecond", () => {
  const damages = all(aDamage({ commit: 50, commit_time: "2026-11-23T09:30:00.000000Z" }), aDamage());
  const { link } = adviseOnDamage(aService(), damages, aWindow("2026-11-23T08:00:00.000000Z"));
  const url = new URL(link?.href ?? "", "http://x");
  expect(Object.fromEntries(url.searchParams)).toEqual({
    source: "prod-telemetry",
    strategy: "PITR",
    at: "2026-11-23T08:59:59.999999Z",
  });
});

test("where the window begins later, the newest snapshot from before it is offered", () => {
  const snapshots = [aSnapshot({ id: "later", commit: 40 }), aSnapshot({ id: "before", commit: 39, name: "release" })];
  const { link } = adviseOnDamage(aService(), all(aDamage()), aWindow("2026-11-23T09:10:00.000000Z", snapshots));
  expect(link?.label).toBe("Fork snapshot release");
  expect(link?.href).toContain("snapshot=before");
});

test("no moment is offered that may hold the damage", () => {
  const early = aWindow("2026-11-23T08:00:00.000000Z");
  const late = aWindow("2026-11-23T09:00:00.000000Z", [aSnapshot({ commit: 40 })]);
  for (const [damages, window] of [
    [all(aDamage()), undefined],
    [all(aDamage()), late],
    [all(aDamage(), aDamage({ commit: null, commit_time: null })), early],
    [{ ...all(aDamage()), count: 2 }, early],
  ] as const) {
    const { link, sentence } = adviseOnDamage(aService(), damages, window);
    expect(link).toBeUndefined();
    expect(sentence).toContain("pg_dump");
  }
});

test("a fork is sent to its source for what it shares with it, as long as that is there", () => {
  const inherited = all(aDamage(), aDamage({ inherited: true, commit: null, commit_time: null }));
  const window = aWindow("2026-11-23T08:00:00.000000Z");
  const fork = aFork("a");
  expect(adviseOnDamage(fork, inherited, window).link).toEqual({
    label: "Open prod-telemetry",
    href: "/services/abcdefghij",
  });
  const source = fork.forked_from && { ...fork.forked_from, deleted: true };
  expect(adviseOnDamage({ ...fork, forked_from: source }, inherited, window).link).toBeUndefined();
});
