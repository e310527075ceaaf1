import { expect, test } from "vitest";
import { BLOCK_BYTES } from "./log/format";
import { MemoryStore, readFile, writeFile } from "./simulation/memory-store";
import { findDifference } from "./simulation/model-difference";
import { ModelVolume } from "./simulation/model-volume";
import type { DeviceOperation } from "./simulation/simulated-device";
import { VolumeError } from "./volume-error";

const LIMITS = { segmentBytes: 48 << 10, dirtyBlocks: 4, checkpointFrames: 4, pendingBlocks: 3, indexedFrames: 2 };

type State = Readonly<Record<string, ModelVolume>>;

/** What must be there, and what may be there instead while something is being asked for. */
class Expectation {
  acknowledged: State = {};
  intended: State = {};

  /** Does something after which the volume has this content (undefined: is gone). */
  expect(volumeId: string, content: ModelVolume | undefined, act: () => void): void {
    const { [volumeId]: _, ...others } = this.acknowledged;
    this.intended = content ? { ...others, [volumeId]: content } : others;
    act();
    this.acknowledged = this.intended;
  }
}

/** A small life of a store: commits of all kinds, forks, a deletion. */
function live(store: MemoryStore, expected: Expectation): void {
  expected.expect("source", new ModelVolume(), () => store.create("source"));
  const source = store.open("source");
  let model = new ModelVolume();
  for (let commit = 0; commit < 9; commit++) {
    const path = `/f${commit % 3}`;
    const content = Buffer.alloc(commit % 2 ? 300 : 6 * BLOCK_BYTES, commit + 1);
    if (!model.files.has(path)) model = model.add(path, "file", 0o600);
    model = model.truncate(path, 0).write(path, content, 0);
    writeFile(source.volume, path, content);
    expected.expect("source", model, () => source.volume.commit());
    if (commit % 4 === 0) source.volume.settle();
  }
  expected.expect("fork", model, () => store.fork("source", "fork"));
  source.stop();
  const fork = store.open("fork");
  fork.volume.unlink("/f0");
  expected.expect("fork", model.remove("/f0"), () => fork.volume.commit());
  fork.stop();
  expected.expect("source", undefined, () => store.keeper.delete("source"));
  expected.expect("fork of fork", model.remove("/f0"), () => store.fork("fork", "fork of fork"));
}

type Failure = (operation: DeviceOperation, number: number) => string | undefined;

/** Lives with a failing disk; then everything acknowledged must be there and, if it can be exact, nothing else. */
function checkFailing(failure: Failure, options: { code: string; isExact: boolean; name: string }): void {
  const store = new MemoryStore({ limits: LIMITS });
  const expected = new Expectation();
  store.device.failure = failure;
  try {
    live(store, expected);
  } catch (error) {
    expect(error, options.name).toBeInstanceOf(VolumeError);
    expect(["EIO", options.code], options.name).toContain((error as VolumeError).code);
  }
  store.device.failure = undefined;
  store.reopen();
  const listed = store.keeper.list().map((volume) => volume.volumeId);
  const states = options.isExact ? [expected.acknowledged] : [expected.acknowledged, expected.intended];
  expect(
    states.map((state) => Object.keys(state).sort()),
    options.name,
  ).toContainEqual(listed.sort());
  for (const volumeId of listed) {
    const models = states.map((state) => state[volumeId]).filter((model) => model !== undefined);
    checkVolume(store, { volumeId, models, name: options.name });
  }
}

function checkVolume(store: MemoryStore, expected: { volumeId: string; models: ModelVolume[]; name: string }): void {
  const { volume, stop } = store.open(expected.volumeId);
  const differences = expected.models.map((model) => findDifference(volume, model));
  expect(differences, `${expected.name}: ${expected.volumeId}`).toContain(undefined);
  writeFile(volume, "/after", "there is room again");
  volume.commit();
  expect(readFile(volume, "/after")?.toString()).toBe("there is room again");
  stop();
}

/** Operations of a life without failures, those of opening the store left out. */
function operationsOfLife(): number[] {
  const store = new MemoryStore({ limits: LIMITS });
  const first = store.device.operations + 1;
  live(store, new Expectation());
  return Array.from({ length: store.device.operations + 1 - first }, (_, index) => first + index);
}

const NEEDS_ROOM: readonly DeviceOperation[] = ["open", "write", "mkdir"];

test("a disk that is full from any write on is reported as full, and what was acknowledged stands, nothing more", () => {
  for (const at of operationsOfLife()) {
    const failure: Failure = (operation, number) =>
      number >= at && NEEDS_ROOM.includes(operation) ? "ENOSPC" : undefined;
    checkFailing(failure, { code: "ENOSPC", isExact: true, name: `full from ${at}` });
  }
});

test("one failure of the disk at any operation is reported, and what was acknowledged stands, nothing more", () => {
  for (const at of operationsOfLife())
    checkFailing((_, number) => (number === at ? "EIO" : undefined), {
      code: "EIO",
      isExact: true,
      name: `once at ${at}`,
    });
});

test("a disk that fails for good at any operation keeps what was acknowledged, and what it was told last wholly or not", () => {
  for (const at of operationsOfLife())
    checkFailing((_, number) => (number >= at ? "EIO" : undefined), {
      code: "EIO",
      isExact: false,
      name: `from ${at}`,
    });
});

test("a full disk is reported as that by a commit and by a fork", () => {
  const store = new MemoryStore({ limits: LIMITS });
  store.create("v");
  const { volume } = store.open("v");
  writeFile(volume, "/f", "x");
  store.device.failure = (operation) => (NEEDS_ROOM.includes(operation) ? "ENOSPC" : undefined);
  const full = expect.objectContaining({
    code: "ENOSPC",
    message: expect.stringContaining("No space is left on the disk"),
  });
  expect(() => volume.commit()).toThrow(full);
  expect(() => volume.commit()).toThrow(full);
  expect(() => volume.lookup("/f")).toThrow("takes no more work until it is opened again");
  expect(() => store.fork("v", "fork")).toThrow(full);
  expect(() => store.create("other")).toThrow(full);
});

test("a deletion that the full disk refuses leaves the volume, and can be asked for again", () => {
  const store = new MemoryStore({ limits: LIMITS });
  store.create("v");
  store.device.failure = (operation) => (NEEDS_ROOM.includes(operation) ? "ENOSPC" : undefined);
  expect(() => store.keeper.delete("v")).toThrow(expect.objectContaining({ code: "ENOSPC" }));
  expect(store.keeper.find("v")).toBeDefined();
  store.device.failure = undefined;
  store.keeper.delete("v");
  expect(store.keeper.find("v")).toBeUndefined();
});
