import { expect, test } from "vitest";
import { seededRandom } from "@/lib/std/random";
import { writeUnifiedDiff } from "./unified-diff";

test("what is the same around a change is shown for three lines, and what is further away as an ellipsis", () => {
  const lines = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
  const changed = lines.map((line) => (line === "e" ? "E" : line));
  expect(writeUnifiedDiff(lines.join("\n"), changed.join("\n"))).toBe(" …\n b\n c\n d\n-e\n+E\n f\n g\n h\n …");
});

test("a new text is all added, one that is gone all removed, and the same text is nothing", () => {
  expect(writeUnifiedDiff("", "a\nb")).toBe("+a\n+b");
  expect(writeUnifiedDiff("a\nb", "")).toBe("-a\n-b");
  expect(writeUnifiedDiff("", "")).toBe("");
});

test.each([1, 2, 3, 4, 5])(
  "the lines without additions are the old text, those without removals the new one (seed %i)",
  (seed) => {
    const random = seededRandom(seed);
    const text = () => Array.from({ length: random.int(7) }, () => random.pick(["a", "b", "c"]));
    for (let round = 0; round < 200; round++) {
      const [before, after] = [text(), text()];
      const lines = writeUnifiedDiff(before.join("\n"), after.join("\n")).split("\n");
      const has = lines.some((line) => /^[+-]/.test(line));
      const side = (sign: string) =>
        lines.filter((line) => line.startsWith(" ") || line.startsWith(sign)).map((line) => line.slice(1));
      expect(has).toBe(before.join("\n") !== after.join("\n"));
      if (has && !lines.includes(" …")) expect([side("-"), side("+")]).toEqual([before, after]);
    }
  },
);
