import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

// Rules that the linter cannot say. Why each: CONTRIBUTING.md.
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LINES_MAX = 400;
const isTest = (file: string) => /\.(test|suite)\.tsx?$|^lib\/(testing|bench)\/|^e2e\//.test(file);

const files = ["lib", "app", "components"]
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  )
  .filter((file) => /\.tsx?$/.test(file) && !file.startsWith("lib/db/generated/"));
const sources = files.map((file) => ({ file, text: readFileSync(join(ROOT, file), "utf8") }));

/** Files with a line of code, not of comment, that matches. */
const matching = (pattern: RegExp, except = /^$/) =>
  sources
    .filter(({ file }) => !isTest(file) && !except.test(file))
    .filter(({ text }) => text.split("\n").some((line) => !/^\s*(\/\/|\*|\/\*)/.test(line) && pattern.test(line)))
    .map(({ file }) => file);

describe("every source file", () => {
  it("has at most 400 lines", () => {
    const long = sources.filter(({ file, text }) => !isTest(file) && text.split("\n").length - 1 > LINES_MAX);
    expect(long.map(({ file }) => file)).toEqual([]);
  });

  it("takes time and timers from a clock", () => {
    expect(
      matching(
        /\bDate\.now\(|new Date\(\)|(?<!\.)\bset(Timeout|Interval)\(/,
        /^lib\/std\/clock\.ts$|^lib\/client\/|^components\//,
      ),
    ).toEqual([]);
  });

  it("takes chance from a source that a seed can replace", () => {
    expect(matching(/\bMath\.random\(/)).toEqual([]);
  });

  it("takes its configuration from lib/env.ts", () => {
    expect(matching(/\bprocess\.env\b/, /^lib\/env\.ts$/)).toEqual([]);
  });

  it("exports by name, where Next does not want a default", () => {
    expect(matching(/^export default\b/, /^app\//)).toEqual([]);
  });

  it("is named after a concept", () => {
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|manager|misc)(\/|\.)/.test(file))).toEqual([]);
  });
});
