import { describe, expect, test } from "vitest";
import type { ForkServiceBody } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { readForkTarget } from "./fork-target";

const TIME = "2026-11-23T10:00:00.000001Z";

function refusalOf(body: ForkServiceBody): AppError {
  try {
    readForkTarget(body);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("this was accepted");
}

describe("the moment that a request asks for", () => {
  test.each([
    [{ fork_strategy: "NOW" }, { kind: "now" }],
    [{ fork_strategy: "NOW", accept_inexact: false }, { kind: "now" }],
    [{ fork_strategy: "LAST_SNAPSHOT" }, { kind: "snapshot", snapshotId: undefined }],
    [
      { fork_strategy: "LAST_SNAPSHOT", snapshot_id: "aaaaaaaaaa" },
      { kind: "snapshot", snapshotId: "aaaaaaaaaa" },
    ],
    [
      { fork_strategy: "PITR", target_time: TIME },
      { kind: "time", micros: 1_795_428_000_000_001, acceptInexact: false },
    ],
    [
      { fork_strategy: "PITR", target_time: TIME, accept_inexact: true },
      { kind: "time", micros: 1_795_428_000_000_001, acceptInexact: true },
    ],
    [
      { fork_strategy: "PITR", target_event: "aaaaaaaaaa" },
      { kind: "event", eventId: "aaaaaaaaaa" },
    ],
    [
      { fork_strategy: "PITR", commit: 7 },
      { kind: "commit", commit: 7 },
    ],
  ] as const)("is read from %j", (body, target) => {
    expect(readForkTarget(body)).toEqual(target);
  });

  test.each([
    [{ fork_strategy: "PITR" }, "target_time"],
    [{ fork_strategy: "PITR", target_time: "yesterday" }, "target_time"],
    [{ fork_strategy: "PITR", target_time: "2026-11-23T10:00:00" }, "target_time"],
    [{ fork_strategy: "PITR", target_time: TIME, commit: 7 }, "commit"],
    [{ fork_strategy: "PITR", target_time: TIME, target_event: "aaaaaaaaaa" }, "target_event"],
    [{ fork_strategy: "PITR", commit: 7, accept_inexact: true }, "accept_inexact"],
    [{ fork_strategy: "PITR", target_time: TIME, snapshot_id: "aaaaaaaaaa" }, "snapshot_id"],
    [{ fork_strategy: "NOW", target_time: TIME }, "target_time"],
    [{ fork_strategy: "NOW", commit: 7 }, "commit"],
    [{ fork_strategy: "NOW", snapshot_id: "aaaaaaaaaa" }, "snapshot_id"],
    [{ fork_strategy: "NOW", accept_inexact: true }, "accept_inexact"],
    [{ fork_strategy: "LAST_SNAPSHOT", target_time: TIME }, "target_time"],
    [{ fork_strategy: "LAST_SNAPSHOT", target_event: "aaaaaaaaaa" }, "target_event"],
  ] as const)("is refused in a sentence, with the field at fault: %j", (body, field) => {
    const error = refusalOf(body);
    expect([error.code, error.field]).toEqual(["INVALID_REQUEST", field]);
    expect(error.message).toMatch(/^[A-Z].+\.$/);
  });
});
