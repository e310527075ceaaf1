import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadSecrets } from "./secrets";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "offshoot-test-secrets-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe("the installation's secrets", () => {
  it("are made once, kept for the owner alone, and the same at every start", () => {
    const first = loadSecrets(dir);
    expect(loadSecrets(dir)).toEqual(first);
    expect(readdirSync(dir)).toEqual(["secret"]);
    expect(statSync(join(dir, "secret")).mode & 0o777).toBe(0o600);
    expect(first.sealKey).toHaveLength(32);
  });

  it("are different for each purpose, and none of them is the file's content", () => {
    const { sealKey, sessionSecret } = loadSecrets(dir);
    const texts = [sealKey, Buffer.from(sessionSecret, "base64url"), readFileSync(join(dir, "secret"))];
    expect(new Set(texts.map((bytes) => Buffer.from(bytes).toString("hex"))).size).toBe(3);
  });

  it("differ from those of any other installation", () => {
    const other = mkdtempSync(join(tmpdir(), "offshoot-test-secrets-"));
    expect(loadSecrets(other).sessionSecret).not.toBe(loadSecrets(dir).sessionSecret);
    rmSync(other, { recursive: true });
  });

  it("that are damaged are reported, never replaced", () => {
    writeFileSync(join(dir, "secret"), "half");
    expect(() => loadSecrets(dir)).toThrow(/is damaged: it has 4 bytes instead of 32/);
    expect(readFileSync(join(dir, "secret"), "utf8")).toBe("half");
  });
});
