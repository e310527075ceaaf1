import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isScratchPath, Scratch } from "./scratch";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "offshoot-scratch-"));
});
afterEach(() => rm(dir, { recursive: true }));

test.each([
  ["/base/pgsql_tmp", true],
  ["/base/pgsql_tmp/pgsql_tmp42.0", true],
  ["/base/pgsql_tmp/pgsql_tmp42.0.fileset/0.0", true],
  ["/base/16384/t0_24576", true],
  ["/base/16384/t0_24576_fsm", true],
  ["/base/16384/t0_24576.1", true],
  ["/pg_tblspc/16400/PG_18_202506291/pgsql_tmp/pgsql_tmp42.0", true],
  ["/pg_tblspc/16400/PG_18_202506291/16384/t0_24576", true],
  ["/base/16384/24576", false],
  ["/base/16384/t0_24576/x", false],
  ["/base/16384/t0_backup", false],
  ["/pg_wal/000000010000000000000001", false],
  ["/global/pg_control", false],
])("%s is scratch: %s", (path, expected) => {
  expect(isScratchPath(path)).toBe(expected);
});

test("what was left there before is removed, and no file has a name that could be left behind", async () => {
  await writeFile(join(dir, "left"), "x");
  const scratch = new Scratch(dir);
  scratch.create("/base/pgsql_tmp/a", 0o600);
  expect(await readdir(dir)).toEqual([]);
});

test("an unlinked file can be read and written until it is closed", () => {
  const scratch = new Scratch(dir);
  const open = scratch.create("/base/pgsql_tmp/a", 0o600).open();
  open.write(Buffer.from("hello"), 0);
  scratch.unlink("/base/pgsql_tmp/a");
  expect(scratch.find("/base/pgsql_tmp/a")).toBeUndefined();
  const target = Buffer.alloc(5);
  expect(open.read(target, 0)).toBe(5);
  expect(target.toString()).toBe("hello");
  open.close();
});

test("a directory of temporary files lists them, and goes only when it is empty", () => {
  const scratch = new Scratch(dir);
  scratch.mkdir("/base/pgsql_tmp", 0o700);
  scratch.create("/base/pgsql_tmp/a", 0o600);
  scratch.rename("/base/pgsql_tmp/a", "/base/pgsql_tmp/b");
  expect(scratch.names("/base/pgsql_tmp")).toEqual(["b"]);
  expect(() => scratch.rmdir("/base/pgsql_tmp")).toThrow("not empty");
  scratch.unlink("/base/pgsql_tmp/b");
  scratch.rmdir("/base/pgsql_tmp");
  expect(scratch.find("/base/pgsql_tmp")).toBeUndefined();
});
