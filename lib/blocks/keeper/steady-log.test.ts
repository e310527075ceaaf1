import { expect, test } from "vitest";
import { type Log, silentLog } from "@/lib/std/log";
import { SteadyLog } from "./steady-log";

/** Rounds of upkeep that each meet these failures; what was said in each of them. */
function say(...rounds: readonly (readonly string[])[]): string[][] {
  const said: string[] = [];
  const warn: Log["warn"] = (fields) => said.push((fields as { error: Error }).error.message);
  const log = new SteadyLog({ ...silentLog, warn });
  return rounds.map((failures) => {
    log.nextRound();
    for (const failure of failures) log.warn({ error: new Error(failure) }, "put off");
    return said.splice(0);
  });
}

test("a failure that is met again and again is said once, and again after it had ended", () => {
  expect(say(["full", "full"], ["full"], ["full"], [], ["full"])).toEqual([["full"], [], [], [], ["full"]]);
});

test("another failure is said at once, and those that go on beside it are not", () => {
  expect(say(["full"], ["full", "damaged"], ["damaged", "full"])).toEqual([["full"], ["damaged"], []]);
});
