import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise, type ICruiseResult, type IForbiddenRuleType } from "dependency-cruiser";
import extractTsConfig from "dependency-cruiser/config-utl/extract-ts-config";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["lib", "app", "components", "prisma", "e2e"];
const { forbidden, options } = createRequire(import.meta.url)("./boundaries.cjs");

async function cruiseProject(): Promise<ICruiseResult> {
  const { output } = await cruise(
    FOLDERS,
    { ...options, baseDir: ROOT, ruleSet: { forbidden: forbidden as IForbiddenRuleType[] }, validate: true },
    undefined,
    { tsConfig: extractTsConfig(join(ROOT, "tsconfig.json")) },
  );
  return output as ICruiseResult;
}

describe("the import matrix", async () => {
  const result = await cruiseProject();

  it("is kept by every file", () => {
    const violations = result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
    expect(violations).toEqual([]);
  });

  it("was checked on every source file that is on the disk", () => {
    const cruised = new Set(result.modules.map(({ source }) => source));
    const onDisk = FOLDERS.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
    ).filter((file) => /\.tsx?$/.test(file));
    expect(onDisk.length).toBeGreaterThan(100);
    expect(onDisk.filter((file) => !cruised.has(file))).toEqual([]);
  });

  it("sees where imports lead: a compiler that resolves nothing would pass everything", () => {
    const index = result.modules.find(({ source }) => source === "lib/engine-client/index.ts");
    expect(index?.dependencies.map(({ resolved }) => resolved)).toContain("lib/engine-client/client.ts");
    const viaAlias = result.modules.find(({ source }) => source === "lib/engine-client/client.ts");
    expect(viaAlias?.dependencies.map(({ resolved }) => resolved)).toContain("lib/std/app-error.ts");
  });
});
