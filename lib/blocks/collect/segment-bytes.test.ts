import { expect, test } from "vitest";
import { BLOCK_BYTES } from "../log/format";
import { logPath, toSegmentNumbers } from "../log/store-paths";
import { MemoryStore, STORE_DIR } from "../simulation/memory-store";
import { SegmentBytes } from "./segment-bytes";

const LOG_DIR = logPath(STORE_DIR, 1);

function makeLog() {
  const store = new MemoryStore({ limits: { segmentBytes: 64 << 10 } });
  store.create("v");
  const { device } = store;
  const bytes = new SegmentBytes(device, STORE_DIR);
  const measured = () =>
    device.readdir(LOG_DIR).reduce((sum, name) => sum + device.allocatedBytes(`${LOG_DIR}/${name}`), 0);
  const put = (name: string, length: number) => {
    const file = device.open(`${LOG_DIR}/${name}`, "write");
    device.pwritev(file, [Buffer.alloc(length, 1)], 0);
    device.close(file);
  };
  return { store, device, bytes, measured, put };
}

test("while a log grows its bytes are those of its files at every question, also of segments begun since", () => {
  const { store, bytes, measured } = makeLog();
  const { volume, stop } = store.open("v");
  const inode = volume.create("/f", 0o600);
  for (let commit = 0; commit < 60; commit++) {
    volume.write(inode, Buffer.alloc(BLOCK_BYTES, commit + 1), commit * BLOCK_BYTES);
    volume.commit();
    if (commit % 3 === 0) expect(bytes.ofLog(1, true)).toBe(measured());
  }
  stop();
  expect(bytes.ofLog(1, false)).toBe(measured());
});

test("of a log without a writer nothing is read again until somebody says what changed", () => {
  const { device, bytes, measured, put } = makeLog();
  expect(bytes.ofLog(1, false)).toBe(measured());
  const { allocatedBytes, readdir } = device;
  const refuse = () => {
    throw new Error("read again");
  };
  Object.assign(device, { allocatedBytes: refuse, readdir: refuse });
  bytes.ofLog(1, false);
  Object.assign(device, { allocatedBytes, readdir });
  put("ledger", 5000);
  bytes.changed(1, "ledger");
  expect(bytes.ofLog(1, false)).toBe(measured());
  put("ledger", 50_000);
  bytes.changed(1, "ledger");
  expect(bytes.ofLog(1, false)).toBe(measured());
  device.unlink(`${LOG_DIR}/ledger`);
  bytes.changed(1, "ledger");
  expect(bytes.ofLog(1, false)).toBe(measured());
});

test("a writer that came and went between two questions is counted once its log is forgotten", () => {
  const { store, device, bytes, measured } = makeLog();
  bytes.ofLog(1, false);
  store.change("v", (volume) => volume.write(volume.create("/f", 0o600), Buffer.alloc(200_000, 1), 0));
  bytes.forget(1);
  expect(bytes.ofLog(1, false)).toBe(measured());
  expect(toSegmentNumbers(device.readdir(LOG_DIR)).length).toBeGreaterThan(1);
});

test("a log that is gone takes nothing", () => {
  const { bytes } = makeLog();
  expect(bytes.ofLog(7, false)).toBe(0);
});

test("a temporary file counts as long as it is there, and as much as it has", () => {
  const { device, bytes, measured, put } = makeLog();
  for (const length of [4096, 40_960]) {
    put("1.idx.tmp", length);
    bytes.changed(1, "1.idx");
    expect(bytes.ofLog(1, false)).toBe(measured());
  }
  device.unlink(`${LOG_DIR}/1.idx.tmp`);
  expect(bytes.ofLog(1, false)).toBe(measured());
});
