import { expect, test } from "vitest";
import { z } from "zod";
import type { AppError } from "@/lib/std/app-error";
import { freesBody, markEventBody, resolveQuery, takeHoldBody, timelineQuery } from "./history-requests";
import { historySettingsBody } from "./history-settings";
import { parseInput } from "./parse-input";
import { createServiceBody, forkServiceBody } from "./service";

function refusalOf(schema: z.ZodType, input: unknown): Pick<AppError, "code" | "message" | "field"> {
  try {
    parseInput(schema, input);
  } catch (error) {
    const { code, message, field } = error as AppError;
    return { code, message, field };
  }
  throw new Error("this was accepted");
}

test.each([
  [createServiceBody, {}, "name", "This is missing."],
  [createServiceBody, { name: 4 }, "name", "This must be text."],
  [createServiceBody, { name: "a\nb" }, "name", "A name has no control characters."],
  [createServiceBody, { name: "a", cpu_millis: true }, "cpu_millis", "Write it in digits, or shared."],
  [createServiceBody, { name: "a", addons: ["gis"] }, "addons.0", "This must be time-series or ai."],
  [
    createServiceBody,
    { name: "a", region_code: "x".repeat(65) },
    "region_code",
    "This must be at most 64 characters long.",
  ],
  [forkServiceBody, { fork_strategy: "SOON" }, "fork_strategy", "This must be NOW, LAST_SNAPSHOT or PITR."],
  [forkServiceBody, { fork_strategy: "PITR", accept_inexact: "yes" }, "accept_inexact", "This must be true or false."],
  [takeHoldBody, { commit: 2, lease_seconds: 1.5 }, "lease_seconds", "This must be a whole number."],
  [markEventBody, { kind: "deploy", what: "a\u0007b" }, "what", "A marker is one line without control characters."],
  [markEventBody, { kind: "ddl", what: "a" }, "kind", "This must be deploy or alert."],
  [timelineQuery, { buckets: "0" }, "buckets", "A timeline has at least one bucket."],
  [resolveQuery, {}, "time", "Give one of time, event and commit."],
  [freesBody, { service_ids: "all" }, "service_ids", "This must be a list."],
  [historySettingsBody, { snapshots_kept: "many" }, "snapshots_kept", "From 1 to 200 snapshots are kept."],
  [createServiceBody, [], undefined, "This must be an object."],
  [z.number().multipleOf(3), 4, undefined, "This cannot be read."],
])("what cannot be read is refused in a sentence of ours: %#", (...[schema, input, field, message]) => {
  expect(refusalOf(schema, input)).toEqual({ code: "INVALID_REQUEST", field, message });
});

test("a field that nobody knows is named", () => {
  expect(refusalOf(markEventBody, { kind: "deploy", what: "a", at: "now" })).toMatchObject({
    code: "UNKNOWN_FIELD",
    field: "at",
  });
});
