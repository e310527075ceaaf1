import { expect, test } from "vitest";
import { WHOLE_MESSAGE_BYTES } from "./limits";
import { Statements } from "./statements";
import { encodeQuery } from "./wire/frontend";

/** Far from what it takes when the script is read once (some 20 ms), far from when it is read for each statement (a minute). */
const SCRIPT_MS = 5_000;

test("each statement of the longest script is known when it is answered, and the script is read once", () => {
  const count = Math.floor(WHOLE_MESSAGE_BYTES / "DROP TABLE t1234;".length);
  const names = Array.from({ length: count }, (_, index) => `t${index}`);
  const statements = new Statements();
  statements.note(encodeQuery(names.map((name) => `DROP TABLE ${name};`).join("")), true);
  const startedMs = performance.now();
  for (const name of names) {
    statements.completeOfQuery();
    expect(statements.completed?.slice(0, 3)).toEqual(["DROP", "TABLE", name]);
  }
  expect(performance.now() - startedMs).toBeLessThan(SCRIPT_MS);
});

test("a query's statements are not taken for those of the one before, and none is known after its end", () => {
  const statements = new Statements();
  for (const name of ["a", "b"]) {
    statements.note(encodeQuery(`TRUNCATE ${name}`), true);
    statements.completeOfQuery();
    expect(statements.completed).toEqual(["TRUNCATE", name]);
  }
  statements.end();
  statements.completeOfQuery();
  expect(statements.completed).toBeUndefined();
});
