import { expect, test } from "vitest";
import { AppError } from "@/lib/std/app-error";
import { refusal } from "@/lib/testing/request-fixture";
import type { ServicesContext } from "./context";
import type { ServiceRow } from "./find-service-row";
import { sayingTarget } from "./target-errors";

// These are put into words without asking anybody.
const context = {} as ServicesContext;
const source = { name: "prod", forkedFrom: null, createdAt: new Date(0) } as ServiceRow;
const asked = { source, micros: 1_795_428_000_000_001, field: "target_time" };

test("a time that happened twice is refused with both commits, to be chosen by number", async () => {
  const details = {
    before: { commit: 4, micros: 1_795_428_000_000_000 },
    after: { commit: 5, micros: 1_795_428_005_000_000 },
  };
  const inGap = Promise.reject(new AppError("TARGET_IN_WAL_GAP", "A gap.", { details }));
  const error = await refusal(sayingTarget(context, asked, inGap));
  expect([error.code, error.field, error.message]).toEqual([
    "TARGET_IN_WAL_GAP",
    "target_time",
    "2026-11-23T10:00:00.000001Z happened twice in prod: the clock was set back between commit 4 and commit 5. Fork one of the two by its number.",
  ]);
  expect(error.details).toEqual({
    before: { commit: 4, time: "2026-11-23T10:00:00.000000Z" },
    after: { commit: 5, time: "2026-11-23T10:00:05.000000Z" },
  });
  expect(error.fix.map(({ set }) => set)).toEqual([{ commit: "4" }, { commit: "5" }]);
});

test("what is no question of time passes as it is", async () => {
  const cause = new AppError("CONTROL_PLANE", "The engine is not answering.");
  expect(await refusal(sayingTarget(context, asked, Promise.reject(cause)))).toBe(cause);
  await expect(sayingTarget(context, asked, Promise.reject(new TypeError("a bug")))).rejects.toThrow(TypeError);
  expect(await sayingTarget(context, asked, Promise.resolve(7))).toBe(7);
});
