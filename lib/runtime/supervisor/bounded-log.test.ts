import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BoundedLog } from "./bounded-log";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "offshoot-log-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("a bounded log", () => {
  it("never takes more than twice its limit, and keeps the newest lines", () => {
    const log = new BoundedLog(join(dir, "logs", "engine.log"), 1000);
    for (let line = 0; line < 500; line++) log.write(`line ${line}\n`);
    log.close();
    const files = readdirSync(join(dir, "logs"));
    expect(files.sort()).toEqual(["engine.log", "engine.log.1"]);
    const sizes = files.map((file) => statSync(join(dir, "logs", file)).size);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1000);
    expect(readFileSync(join(dir, "logs", "engine.log"), "utf8")).toMatch(/line 499\n$/);
  });

  it("goes on where the run before ended", () => {
    for (const word of ["first", "second"]) {
      const log = new BoundedLog(join(dir, "web.log"), 1000);
      log.write(`${word}\n`);
      log.close();
    }
    expect(readFileSync(join(dir, "web.log"), "utf8")).toBe("first\nsecond\n");
  });
});
