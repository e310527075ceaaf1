import { expect, test } from "vitest";
import { isEngineSilent, sayDatabases } from "./failure";
import { RequestFailure } from "./http";

test("databases are said to keep running only where the engine is not what failed", () => {
  for (const code of ["OFFLINE", "INTERNAL"] as const)
    expect(sayDatabases(new RequestFailure(code, "The console's server did not answer."))).toContain("keep running");
  const silent = new RequestFailure("CONTROL_PLANE", "The engine is not answering.");
  expect(isEngineSilent(silent)).toBe(true);
  expect(sayDatabases(silent)).toContain("connections to them may fail");
});
