import { describe, expect, test } from "vitest";
import { OFFERED_SIZES } from "@/lib/schemas/size";
import { AppError } from "@/lib/std/app-error";
import { chooseSize, DEFAULT_SIZE } from "./service-sizes";

const SHARED = { cpuMillis: 0, memoryGbs: 0 };

describe("sizes", () => {
  test("every offered one can be asked for", () => {
    for (const { cpuMillis, memoryGbs } of OFFERED_SIZES.filter((size) => size.cpuMillis > 0))
      expect(chooseSize({ cpu_millis: cpuMillis, memory_gbs: memoryGbs }, SHARED)).toEqual({ cpuMillis, memoryGbs });
    expect(chooseSize({ cpu_millis: "shared", memory_gbs: "shared" }, DEFAULT_SIZE)).toEqual(SHARED);
  });

  test("no request means the parent's or the default", () => {
    expect(chooseSize({}, { cpuMillis: 2000, memoryGbs: 8 })).toEqual({ cpuMillis: 2000, memoryGbs: 8 });
  });

  test("one figure alone names the size that has it", () => {
    expect(chooseSize({ cpu_millis: 1000 }, DEFAULT_SIZE)).toEqual({ cpuMillis: 1000, memoryGbs: 4 });
    expect(chooseSize({ memory_gbs: 8 }, DEFAULT_SIZE)).toEqual({ cpuMillis: 2000, memoryGbs: 8 });
    expect(chooseSize({ memory_gbs: "shared" }, DEFAULT_SIZE)).toEqual(SHARED);
  });

  test.each([
    [{ cpu_millis: 4000, memory_gbs: 16 }, "cpu_millis"],
    [{ cpu_millis: 32000, memory_gbs: 128 }, "cpu_millis"],
    [{ cpu_millis: 500, memory_gbs: 4 }, "cpu_millis"],
    [{ cpu_millis: 0, memory_gbs: 0 }, "cpu_millis"],
    [{ cpu_millis: "shared", memory_gbs: 2 }, "cpu_millis"],
    [{ memory_gbs: 3 }, "memory_gbs"],
  ] as const)("%j is refused with the list", (request, field) => {
    try {
      chooseSize(request, DEFAULT_SIZE);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      expect([error.code, error.status, error.field]).toEqual(["SIZE_NOT_OFFERED", 422, field]);
      expect(error.details?.sizes).toEqual([
        { cpu_millis: "shared", memory_gbs: "shared" },
        { cpu_millis: "500", memory_gbs: "2" },
        { cpu_millis: "1000", memory_gbs: "4" },
        { cpu_millis: "2000", memory_gbs: "8" },
      ]);
    }
  });
});
