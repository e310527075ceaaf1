import { describe, expect, it } from "vitest";
import { findImportant } from "./important-line";

describe("a line that a child wrote", () => {
  it("reaches the terminal when it is a warning or worse", () => {
    expect(findImportant('{"level":40,"msg":"The disk is nearly full."}')).toEqual({
      sentence: "The disk is nearly full.",
      fatal: false,
    });
    expect(findImportant('{"level":60,"msg":"The port is taken."}')).toMatchObject({ fatal: true });
  });

  it("stays in the log when it is news, no log line, or not one of ours", () => {
    for (const line of ['{"level":30,"msg":"ready"}', "▲ Next.js 16", "{broken", "{}", '{"level":"50","msg":1}', ""])
      expect(findImportant(line)).toBeUndefined();
  });
});
