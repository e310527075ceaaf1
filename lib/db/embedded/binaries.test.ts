import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeLinks, prepareBinaries } from "./binaries";

let base: string;
let dir: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "offshoot-test-bin-"));
  dir = join(base, "package");
  mkdirSync(join(dir, "native", "lib"), { recursive: true });
  writeFileSync(join(dir, "native", "lib", "libpq.so.5.18"), "library");
  writeLinks("native/lib/libpq.so.5");
});

afterEach(() => rmSync(base, { recursive: true }));

const writeLinks = (target: string) =>
  writeFileSync(
    join(dir, "native", "pg-symlinks.json"),
    JSON.stringify([{ source: "native/lib/libpq.so.5.18", target }]),
  );

describe("the libraries' links that npm's install script would have made", () => {
  it("are made where they are missing, relative, so that a copy keeps them", () => {
    expect(makeLinks(dir)).toBe(true);
    expect(readlinkSync(join(dir, "native", "lib", "libpq.so.5"))).toBe("libpq.so.5.18");
    expect(readFileSync(join(dir, "native", "lib", "libpq.so.5"), "utf8")).toBe("library");
    expect(makeLinks(dir)).toBe(true);
  });

  it("are no problem when another start makes them at the same time", () => {
    symlinkSync("not-there-yet", join(dir, "native", "lib", "libpq.so.5"));
    expect(makeLinks(dir)).toBe(true);
  });

  it("that cannot be made are reported, so that a copy is taken", () => {
    writeLinks("native/missing/libpq.so.5");
    expect(makeLinks(dir)).toBe(false);
  });

  it("are made in the copy when the package itself cannot have them", async () => {
    writeLinks("native/missing/libpq.so.5");
    mkdirSync(join(dir, "native", "bin"));
    writeFileSync(join(dir, "native", "bin", "postgres"), "", { mode: 0o755 });
    writeFileSync(join(dir, "package.json"), JSON.stringify({ version: "18.4.0" }));
    const options = { owner: undefined, copyDir: join(base, "copies"), packageDir: dir };
    const { binDir, major } = await prepareBinaries(options);
    expect(binDir).toBe(join(base, "copies", "postgres-18.4.0", "native", "bin"));
    expect(major).toBe(18);
    expect(existsSync(join(binDir, "postgres"))).toBe(true);
    expect((await prepareBinaries(options)).binDir).toBe(binDir);
  });
});
