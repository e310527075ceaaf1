import { expect, test } from "vitest";
import { LastLines } from "./last-lines";

test("once clients speak nothing that Postgres prints is kept, and what it printed before is forgotten", () => {
  const printed = new LastLines();
  printed.add("FATAL:  the data directory is damaged");
  expect(printed.lines).toEqual(["FATAL:  the data directory is damaged"]);
  printed.close();
  printed.add("STATEMENT:  CREATE ROLE app PASSWORD 'secret'");
  expect(printed.lines).toEqual([]);
});
