import { beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import { startControlDatabase } from "@/lib/testing/control-database";
import { expectRefused } from "@/lib/testing/request-fixture";
import { makeActor } from "@/lib/testing/services-context";
import { floorHour, HOUR_MS } from "./hours";
import { bookAt, EXAMPLE_PRICES, type Prices } from "./price-book";
import { listPriceBooks, putPriceBook } from "./price-store";
import { closeUsage } from "./usage-store";

const control = startControlDatabase();
let actor: Actor;
let createdMs: number;
let nowMs: number;

beforeEach(async () => {
  actor = await makeActor(control().db);
  const project = await control().db.project.findUniqueOrThrow({ where: { id: actor.projectId } });
  createdMs = project.createdAt.getTime();
  nowMs = createdMs + 30 * HOUR_MS;
});

const list = () => listPriceBooks(control().db, actor.projectId);
const put = (prices: Partial<Prices> = {}, effectiveFromMs?: number) =>
  control().db.$transaction((tx) =>
    putPriceBook(
      tx,
      {
        projectId: actor.projectId,
        prices: { ...EXAMPLE_PRICES, vcpuHour: 5n, ...prices },
        effectiveFromMs,
        by: "ana",
      },
      nowMs,
    ),
  );

describe("the price books of a project", () => {
  test("begin with the example, written down once, however many ask at once", async () => {
    const lists = await Promise.all(Array.from({ length: 5 }, list));
    expect(new Set(lists.map((books) => books.map(({ id }) => id).join()))).toHaveProperty("size", 1);
    expect(lists[0]).toMatchObject([{ ...EXAMPLE_PRICES, isExample: true, effectiveFromMs: 0 }]);
  });

  test("of its own price what was used before with the example, unless they begin later", async () => {
    const { books } = await put();
    expect(bookAt(books, floorHour(createdMs))).toMatchObject({ vcpuHour: 5n, isExample: false });
  });

  test("that follow begin with the next hour, and leave what was charged as it was", async () => {
    await put();
    const { books } = await put({ vcpuHour: 7n });
    const nextMs = floorHour(nowMs) + HOUR_MS;
    expect([bookAt(books, nextMs - 1).vcpuHour, bookAt(books, nextMs).vcpuHour]).toEqual([5n, 7n]);
    const earlier = await expectRefused(
      put({ vcpuHour: 9n }, floorHour(nowMs) - HOUR_MS),
      "INVALID_REQUEST",
      "effective_from",
    );
    expect(earlier.details).toEqual({ earliest: new Date(floorHour(nowMs)).toISOString() });
    expect(bookAt((await put({ vcpuHour: 9n }, floorHour(nowMs))).books, nowMs).vcpuHour).toBe(9n);
  });

  test("at the same hour replace one another, and are told apart by their ids", async () => {
    const first = await put({}, floorHour(nowMs));
    const second = await put({ vcpuHour: 6n }, floorHour(nowMs));
    expect(second.books.map(({ vcpuHour }) => vcpuHour)).toEqual([EXAMPLE_PRICES.vcpuHour, 6n]);
    expect(second.after.id).not.toBe(first.after.id);
  });

  test("begin at whole hours", async () => {
    await expectRefused(put({}, floorHour(nowMs) + 1), "INVALID_REQUEST", "effective_from");
  });

  test("have one currency, from the first hour of usage on", async () => {
    const usedMs = floorHour(createdMs) - 2 * HOUR_MS;
    const used = { projectId: actor.projectId, serviceId: "abcdefghij", bytes: { written: 1, pinned: 0, logical: 1 } };
    await control().db.$transaction((tx) =>
      closeUsage(tx, [
        { ...used, atMs: usedMs },
        { ...used, atMs: nowMs },
      ]),
    );
    await expectRefused(put({ currency: "EUR" }, floorHour(nowMs)), "INVALID_REQUEST", "currency");
    const { books } = await put({ currency: "EUR" });
    expect(bookAt(books, usedMs).currency).toBe("EUR");
    await expectRefused(put({ currency: "USD" }), "INVALID_REQUEST", "currency");
    expect((await put({ currency: "EUR", vcpuHour: 8n })).after).toMatchObject({ currency: "EUR", vcpuHour: 8n });
  });
});
