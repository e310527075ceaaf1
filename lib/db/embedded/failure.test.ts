import { describe, expect, it } from "vitest";
import { describeFailure } from "./failure";

const describeOutput = (output: string) =>
  describeFailure("The control database did not start", output, "/d/postgres.log");

describe("a failed start is told", () => {
  it.each([
    ["FATAL:  could not write lock file: No space left on device", /: the disk is full\. Free some space/],
    ["initdb: error: could not create directory: Permission denied", /belongs to somebody else/],
    ['FATAL:  data directory "/d" has wrong ownership', /belongs to somebody else/],
    ["initdb: error: could not create directory: Read-only file system", /read-only file system/],
    ["postgres: error while loading shared libraries: libssl.so.1.1", /Set DATABASE_URL/],
    ["FATAL:  could not map anonymous shared memory: Cannot allocate memory", /not enough memory/],
  ])("as what to do, for %s", (output, sentence) => {
    expect(describeOutput(output).message).toMatch(sentence);
  });

  it("in Postgres's own words when nobody foresaw it, with the log's place", () => {
    const output = 'LOG:  starting\nFATAL:  invalid value for parameter "x"\nLOG:  shut down';
    expect(describeOutput(output).message).toBe(
      'The control database did not start: invalid value for parameter "x". See /d/postgres.log.',
    );
    expect(describeOutput("postgres: could not find the database system").message).toContain("could not find");
    expect(describeOutput("").message).toContain("it ended without a reason.");
  });

  it("as a full disk by its code, so that the screen can offer what to delete", () => {
    expect(describeOutput("No space left on device").code).toBe("STORAGE_LOW");
    expect(describeOutput("anything else").code).toBe("CONTROL_PLANE");
  });
});
