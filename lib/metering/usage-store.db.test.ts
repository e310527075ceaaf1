import { beforeEach, describe, expect, test } from "vitest";
import { newId } from "@/lib/std/ids";
import { startControlDatabase } from "@/lib/testing/control-database";
import { HOUR_MS } from "./hours";
import { closeDeadComputes, closeUsage, KEPT_FORKS, type Seen } from "./usage-store";

const control = startControlDatabase();
const START = Date.UTC(2026, 10, 24, 9, 50);
const HALF = { cpuMillis: 500, memoryGbs: 2 };
let of: { projectId: string; serviceId: string };

beforeEach(() => {
  of = { projectId: newId(), serviceId: newId() };
});

const close = (...seen: Partial<Seen>[]) =>
  control().db.$transaction((tx) =>
    closeUsage(
      tx,
      seen.map((one) => ({ ...of, atMs: START, ...one })),
    ),
  );
const bytes = (written: number, pinned = 0) => ({ written, pinned, logical: 10 * written });
const hours = async (projectId = of.projectId) =>
  (await control().db.usageHour.findMany({ where: { projectId }, orderBy: { hour: "asc" } })).map((row) => [
    row.hour.getTime(),
    row.computeMs,
    row.writtenByteMs.toFixed(0),
    row.pinnedByteMs.toFixed(0),
    row.logicalByteMs.toFixed(0),
  ]);

describe("closing the counters", () => {
  test("adds what was used to its hours, cut at their edges", async () => {
    await close({ bytes: bytes(3, 2), isRunning: true, size: HALF });
    await close({ atMs: START + HOUR_MS });
    const hour = START - 50 * 60_000;
    expect(await hours()).toEqual([
      [hour, 600_000n, `${3 * 600_000}`, `${2 * 600_000}`, `${30 * 600_000}`],
      [hour + HOUR_MS, 3_000_000n, `${3 * 3_000_000}`, `${2 * 3_000_000}`, `${30 * 3_000_000}`],
    ]);
  });

  test("holds petabytes over years exactly", async () => {
    const petabyte = 2 ** 50;
    await close({ bytes: { written: petabyte, pinned: 0, logical: petabyte } });
    await close({ atMs: START + 1_000 * 24 * HOUR_MS });
    const sum = (await hours()).reduce((total, [, , written]) => total + BigInt(written as string), 0n);
    expect(sum).toBe(BigInt(petabyte) * 86_400_000_000n);
  });

  test("at the same moment by several at once counts once", async () => {
    await close({ bytes: bytes(1), isRunning: true, size: HALF });
    await Promise.all(Array.from({ length: 8 }, () => close({ atMs: START + 60_000 })));
    expect((await hours()).map(([, computeMs]) => computeMs)).toEqual([60_000n]);
  });

  test("takes the end of a meter once", async () => {
    await close({ bytes: bytes(1) });
    const end = { atMs: START + 1_000, bytes: bytes(0), isOver: true };
    await close(end, end);
    await close(end);
    expect(await control().db.usageMeter.count({ where: of })).toBe(0);
    expect((await hours()).map(([, , written]) => written)).toEqual(["1000"]);
  });

  test("tells projects apart, what is kept for their forks too", async () => {
    const other = newId();
    await close(
      { serviceId: KEPT_FORKS, bytes: bytes(0, 5) },
      { projectId: other, serviceId: KEPT_FORKS, bytes: bytes(0, 7) },
    );
    await close(
      { serviceId: KEPT_FORKS, atMs: START + 1_000 },
      { projectId: other, serviceId: KEPT_FORKS, atMs: START + 1_000 },
    );
    expect((await hours()).map(([, , , pinned]) => pinned)).toEqual(["5000"]);
    expect((await hours(other)).map(([, , , pinned]) => pinned)).toEqual(["7000"]);
  });

  test("of 500 services is a matter of milliseconds", async () => {
    const services = Array.from({ length: 500 }, () => newId());
    const all = (atMs: number) =>
      services.map((serviceId) => ({ serviceId, atMs, bytes: bytes(4), isRunning: true, size: HALF }));
    await close(...all(START));
    const startedMs = performance.now();
    await close(...all(START + 60_000));
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(await hours()).toHaveLength(500);
  });
});

test("what a dead engine left running is closed where it was last seen", async () => {
  await close({ bytes: bytes(2), isRunning: true, size: HALF });
  await close({ atMs: START + 60_000 });
  await control().db.$transaction((tx) => closeDeadComputes(tx));
  await close({ atMs: START + 120_000 });
  expect((await hours()).map(([, computeMs, written]) => [computeMs, written])).toEqual([[60_000n, "240000"]]);
});
