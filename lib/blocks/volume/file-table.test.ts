import { beforeEach, describe, expect, test } from "vitest";
import { VolumeError, type VolumeErrorCode } from "../volume-error";
import { FileTable, ROOT_INODE } from "./file-table";
import type { Inode } from "./inode";

let files: FileTable;
let freed: Inode[];

beforeEach(() => {
  freed = [];
  files = new FileTable((inode) => freed.push(inode));
});

const add = (path: string) => files.add(path, "file", 0o600);
const mkdir = (path: string) => files.add(path, "directory", 0o700);

function codeOf(work: () => void): VolumeErrorCode | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof VolumeError)) throw error;
    return error.code;
  }
}

test("a path leads to its file, below any directories", () => {
  mkdir("/base");
  mkdir("/base/5");
  const file = add("/base/5/1259");
  expect(files.lookup("/base/5/1259")).toBe(file);
  expect(files.lookup("/base/5/1")).toBeUndefined();
  expect(files.lookup("/base/5/1259/x")).toBeUndefined();
  expect(files.lookup("/")?.number).toBe(ROOT_INODE);
  expect(files.pathOf(file)).toBe("/base/5/1259");
});

test("errors have their POSIX names", () => {
  mkdir("/d");
  add("/d/f");
  expect(codeOf(() => add("/d/f"))).toBe("EEXIST");
  expect(codeOf(() => mkdir("/"))).toBe("EEXIST");
  expect(codeOf(() => add("/x/f"))).toBe("ENOENT");
  expect(codeOf(() => add("/d/f/g"))).toBe("ENOTDIR");
  expect(codeOf(() => files.unlink("/d"))).toBe("EISDIR");
  expect(codeOf(() => files.unlink("/d/g"))).toBe("ENOENT");
  expect(codeOf(() => files.rmdir("/d"))).toBe("ENOTEMPTY");
  expect(codeOf(() => files.rmdir("/d/f"))).toBe("ENOTDIR");
  expect(codeOf(() => files.rmdir("/"))).toBe("EINVAL");
  expect(codeOf(() => files.lookup("relative"))).toBe("EINVAL");
  expect(codeOf(() => add(`/${"ä".repeat(91)}`))).toBe("ENAMETOOLONG");
  expect(codeOf(() => add(`/${"ä".repeat(90)}`))).toBeUndefined();
  expect(codeOf(() => files.getFile(ROOT_INODE))).toBe("EISDIR");
  expect(codeOf(() => files.get(999))).toBe("ENOENT");
});

describe("rename", () => {
  test("replaces a file and frees what it replaced", () => {
    const from = add("/from");
    const to = add("/to");
    files.rename("/from", "/to");
    expect(files.lookup("/to")).toBe(from);
    expect(files.lookup("/from")).toBeUndefined();
    expect(freed).toEqual([to]);
  });

  test("onto itself changes nothing", () => {
    const file = add("/f");
    files.rename("/f", "/f");
    expect(files.lookup("/f")).toBe(file);
    expect(freed).toEqual([]);
  });

  test("moves a directory with all that is in it, onto an empty one too", () => {
    mkdir("/a");
    const file = add("/a/f");
    mkdir("/b");
    files.rename("/a", "/b");
    expect(files.lookup("/b/f")).toBe(file);
    expect(files.pathOf(file)).toBe("/b/f");
  });

  test("refuses what rename(2) refuses", () => {
    mkdir("/d");
    mkdir("/d/below");
    mkdir("/full");
    add("/full/f");
    add("/f");
    expect(codeOf(() => files.rename("/d", "/d/below/x"))).toBe("EINVAL");
    expect(codeOf(() => files.rename("/", "/d/x"))).toBe("EINVAL");
    expect(codeOf(() => files.rename("/d", "/full"))).toBe("ENOTEMPTY");
    expect(codeOf(() => files.rename("/d", "/f"))).toBe("ENOTDIR");
    expect(codeOf(() => files.rename("/f", "/d"))).toBe("EISDIR");
    expect(codeOf(() => files.rename("/missing", "/x"))).toBe("ENOENT");
    expect(codeOf(() => files.rename("/f", "/missing/x"))).toBe("ENOENT");
  });
});

describe("a file that is held open", () => {
  test("is freed with the last release after it lost its name", () => {
    const file = add("/f");
    file.retained = 2;
    files.unlink("/f");
    expect(files.lookup("/f")).toBeUndefined();
    files.release(file);
    expect(freed).toEqual([]);
    files.release(file);
    expect(freed).toEqual([file]);
  });

  test("stays when it is released with its name", () => {
    const file = add("/f");
    file.retained = 1;
    files.release(file);
    expect(files.lookup("/f")).toBe(file);
  });
});

test("a number that is free is used again", () => {
  const first = add("/a");
  files.unlink("/a");
  const second = add("/b");
  expect(second.number).toBe(first.number);
  expect(files.limit).toBe(first.number + 1);
});

test("what changed is known until it is cleared, freed files included", () => {
  const file = add("/a");
  expect(files.changed).toEqual(new Set([file.number]));
  files.changed.clear();
  files.unlink("/a");
  expect(files.changed).toEqual(new Set([file.number]));
  expect(files.find(file.number)).toBeUndefined();
});
