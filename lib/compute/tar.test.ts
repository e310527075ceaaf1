import { expect, test } from "vitest";
import { readTar } from "./tar";

function header(path: string, size: number, { type = "0", prefix = "" } = {}): Buffer {
  const block = Buffer.alloc(512);
  block.write(path, 0);
  block.write(size.toString(8).padStart(11, "0"), 124);
  block.write(type, 156);
  block.write(prefix, 345);
  return block;
}

const padded = (text: string): Buffer => {
  const bytes = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  bytes.write(text);
  return bytes;
};

test("files are read with their paths, and directories are left out", () => {
  const long = "x".repeat(700);
  const archive = Buffer.concat([
    header("share/", 0, { type: "5" }),
    header("a.control", 5),
    padded("hello"),
    header("b.sql", long.length, { prefix: "share/extension" }),
    padded(long),
    Buffer.alloc(1024),
  ]);
  expect([...readTar(archive)].map(({ path, bytes }) => [path, Buffer.from(bytes).toString()])).toEqual([
    ["a.control", "hello"],
    ["share/extension/b.sql", long],
  ]);
});
