import { beforeEach, expect, test } from "vitest";
import { seededRandom } from "@/lib/std/random";
import { SimulatedDevice } from "../simulation/simulated-device";
import { VolumeError } from "../volume-error";
import { Journal } from "./journal";
import type { CreatedRecord, DeletedRecord, MarkRecord } from "./journal-records";

let device: SimulatedDevice;

beforeEach(() => {
  device = new SimulatedDevice(seededRandom(1), "/store");
});

const open = () => Journal.open(device, "/store");
const created = (log: number): CreatedRecord => ({
  type: "created",
  volumeId: `volume-${log}`,
  log,
  source: { log: 4_000_000_000, base: { commit: 2 ** 40, micros: 1_764_000_000_123_457 } },
  path: [
    { log: 1, commit: 2 ** 33 },
    { log: 2, commit: 5 },
  ],
});
const root: CreatedRecord = { type: "created", volumeId: "wurzel-ä", log: 1, source: undefined, path: [] };
const deleted: DeletedRecord = { type: "deleted", log: 1 };

function rewrite(change: (bytes: Buffer) => Buffer): void {
  const bytes = change(device.content("/store/journal"));
  const file = device.open("/store/journal", "write");
  device.truncate(file, 0);
  device.pwritev(file, [bytes], 0);
  device.close(file);
}

test("records are there in their order when the journal is opened again", () => {
  const { journal } = open();
  for (const record of [root, created(2), deleted]) journal.append(record);
  journal.close();
  expect(open()).toMatchObject({ records: [root, created(2), deleted], isSettled: false });
});

test("several marks in one record are there as they were, and torn anywhere none of them is", () => {
  const mark = (log: number, name: string): MarkRecord => ({
    ...{ type: "mark", log, markId: `m${log}`, kind: "guard", commit: 2 ** 40, micros: 2 ** 50 },
    ...{ takenMicros: 5, untilMicros: 0, name },
  });
  const marks = { type: "marks", marks: [mark(1, ""), mark(2, "ä"), mark(3, "x".repeat(300))] } as const;
  const { journal } = open();
  journal.append(root);
  const before = device.content("/store/journal").length;
  journal.append(marks);
  expect(open().records).toEqual([root, marks]);
  const bytes = device.content("/store/journal");
  for (let length = before; length < bytes.length; length++) {
    rewrite(() => bytes.subarray(0, length));
    expect(open().records).toEqual([root]);
  }
});

test("a settled journal says so, until the next record", () => {
  const { journal } = open();
  journal.append(root);
  journal.settle();
  journal.settle();
  expect(open().isSettled).toBe(true);
  journal.append(deleted);
  expect(open()).toMatchObject({ records: [root, deleted], isSettled: false });
});

test("an appended record survives a power cut at once", () => {
  open().journal.append(root);
  device.isOff = true;
  device.restart();
  expect(open().records).toEqual([root]);
});

test("a record that was cut off at any byte is not there, and the next takes its place", () => {
  const { journal } = open();
  journal.append(root);
  const whole = device.content("/store/journal").length;
  journal.append(created(2));
  const bytes = device.content("/store/journal");
  for (let length = whole; length < bytes.length; length++) {
    rewrite(() => bytes.subarray(0, length));
    const reopened = open();
    expect(reopened.records).toEqual([root]);
    reopened.journal.append(created(3));
    expect(open().records).toEqual([root, created(3)]);
  }
});

test("a damaged record with a whole one after it is refused, wherever the damage is", () => {
  const { journal } = open();
  for (const record of [root, created(2), deleted]) journal.append(record);
  journal.settle();
  const bytes = device.content("/store/journal");
  const settledBytes = 24;
  for (let bit = 0; bit < (bytes.length - settledBytes) * 8; bit += 5) {
    rewrite(() => {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      return damaged;
    });
    expect(open, `bit ${bit}`).toThrow(VolumeError);
  }
});

test("a record of a kind that is not known yet is refused, not skipped", () => {
  const { journal } = open();
  journal.append(deleted);
  rewrite((bytes) => {
    bytes.writeUInt32LE(9, 12);
    bytes.writeUInt32LE(crcOf(bytes), 4);
    return bytes;
  });
  expect(open).toThrow("newer version");
});

test("a record whose append failed is not there later, and the journal goes on", () => {
  const { journal } = open();
  journal.append(root);
  for (const operation of ["write", "sync"]) {
    device.failure = (what) => (what === operation ? "ENOSPC" : undefined);
    // Once only: mending the journal must work.
    const failing = device.failure;
    device.failure = (what, number) => {
      const code = failing(what, number);
      if (code) device.failure = undefined;
      return code;
    };
    expect(() => journal.append(created(2))).toThrow(expect.objectContaining({ code: "ENOSPC" }));
    expect(open().records).toEqual([root]);
  }
  journal.append(created(3));
  expect(open().records).toEqual([root, created(3)]);
});

test("a journal that cannot be mended takes nothing more", () => {
  const { journal } = open();
  device.failure = () => "EIO";
  expect(() => journal.append(root)).toThrow(VolumeError);
  device.failure = undefined;
  expect(() => journal.append(root)).toThrow("nothing more can be made or deleted");
  expect(() => journal.refuseDoubt()).toThrow(VolumeError);
});

test("the last record can be taken back", () => {
  const { journal } = open();
  journal.append(root);
  journal.append(created(2));
  journal.retract();
  journal.append(deleted);
  expect(open().records).toEqual([root, deleted]);
});

function crcOf(bytes: Buffer): number {
  let crc = -1;
  for (const byte of bytes.subarray(8)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return ~crc >>> 0;
}
