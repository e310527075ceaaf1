import { assert } from "@/lib/std/assert";
import type { Random } from "@/lib/std/random";
import { BLOCK_BYTES } from "../log/format";
import type { Volume } from "../volume/volume-types";
import type { ModelVolume } from "./model-volume";

const NAMES = ["a", "b", "c", "d"];
const MODES = [0o600, 0o640, 0o755];
// One block, a leaf of the map, more than a leaf, more than a node of leaves.
const FAR_BLOCKS = [0, 1, 2, 5, 511, 512, 700, 262_143, 262_144, 300_000];

/** Every block that the workload can touch. */
export const REACHABLE_BLOCKS = [
  ...new Set(FAR_BLOCKS.flatMap((block) => [0, 1, 2, 3, 4, 5, 6].map((next) => block + next))),
];

interface Change {
  readonly volume: Volume;
  readonly model: ModelVolume;
  readonly random: Random;
}

/** Makes one random change to a volume and the same to its model; answers the model. */
export function changeVolume(volume: Volume, model: ModelVolume, random: Random): ModelVolume {
  return random.pick(CHANGES)({ volume, model, random });
}

const CHANGES: readonly ((change: Change) => ModelVolume)[] = [
  append,
  append,
  append,
  patch,
  patch,
  writeBlocks,
  writeBlocks,
  writeZeros,
  truncate,
  truncate,
  create,
  create,
  makeDirectory,
  rename,
  unlink,
  unlinkWhileOpen,
  removeDirectory,
  chmod,
  readSome,
];

/** What Postgres's WAL does: a few hundred bytes at the end. */
function append(change: Change): ModelVolume {
  const path = pickFile(change);
  if (!path) return create(change);
  const { sizeBytes } = change.volume.stat(inodeOf(change, path));
  return writeAt(change, path, { bytes: randomBytes(change.random, 1 + change.random.int(900)), position: sizeBytes });
}

function patch(change: Change): ModelVolume {
  const path = pickFile(change);
  if (!path) return create(change);
  const position = change.random.pick(FAR_BLOCKS) * BLOCK_BYTES + change.random.int(BLOCK_BYTES);
  return writeAt(change, path, { bytes: randomBytes(change.random, 1 + change.random.int(3000)), position });
}

function writeBlocks(change: Change): ModelVolume {
  const path = pickFile(change);
  if (!path) return create(change);
  const bytes = randomBytes(change.random, BLOCK_BYTES * (1 + change.random.int(4)));
  return writeAt(change, path, { bytes, position: change.random.pick(FAR_BLOCKS) * BLOCK_BYTES });
}

function writeZeros(change: Change): ModelVolume {
  const path = pickFile(change);
  if (!path) return create(change);
  const bytes = Buffer.alloc(BLOCK_BYTES * (1 + change.random.int(2)));
  return writeAt(change, path, { bytes, position: change.random.pick(FAR_BLOCKS) * BLOCK_BYTES });
}

function truncate(change: Change): ModelVolume {
  const path = pickFile(change);
  if (!path) return create(change);
  const blocks = change.random.int(4) === 0 ? 0 : change.random.pick(FAR_BLOCKS);
  const sizeBytes = blocks * BLOCK_BYTES + change.random.pick([0, 0, 1, 4000, 8191]);
  change.volume.truncate(inodeOf(change, path), sizeBytes);
  return change.model.truncate(path, sizeBytes);
}

function create(change: Change): ModelVolume {
  const path = pickNewPath(change);
  if (!path) return change.model;
  const mode = change.random.pick(MODES);
  change.volume.create(path, mode);
  return change.model.add(path, "file", mode);
}

function makeDirectory(change: Change): ModelVolume {
  const path = pickNewPath(change);
  if (!path || path.split("/").length > 4) return change.model;
  change.volume.mkdir(path, 0o700);
  return change.model.add(path, "directory", 0o700);
}

function rename(change: Change): ModelVolume {
  const { volume, model, random } = change;
  const paths = [...model.files.keys()];
  if (paths.length === 0) return model;
  const from = random.pick(paths);
  const replaced = model.files.get(from)?.kind === "file" && random.int(2) === 0 ? pickFile(change) : undefined;
  const to = replaced ?? pickNewPath(change);
  if (!to || to === from || to.startsWith(`${from}/`)) return model;
  volume.rename(from, to);
  return model.rename(from, to);
}

function unlink(change: Change): ModelVolume {
  const path = pickFile(change);
  if (!path) return change.model;
  change.volume.unlink(path);
  return change.model.remove(path);
}

function unlinkWhileOpen(change: Change): ModelVolume {
  const { volume, model, random } = change;
  const path = pickFile(change);
  if (!path) return model;
  const inode = inodeOf(change, path);
  volume.retain(inode);
  volume.unlink(path);
  const bytes = randomBytes(random, 5000);
  volume.write(inode, bytes, 100);
  const target = Buffer.alloc(5000);
  volume.read(inode, target, 100);
  assert(target.equals(bytes), "an unlinked open file reads what was written");
  // Half of them are left open, as a writer that is killed leaves them.
  if (random.int(2) === 0) volume.release(inode);
  return model.remove(path);
}

function removeDirectory(change: Change): ModelVolume {
  const { volume, model, random } = change;
  const empty = model.paths("directory").filter((path) => model.children(path).length === 0);
  if (empty.length === 0) return model;
  const path = random.pick(empty);
  volume.rmdir(path);
  return model.remove(path);
}

function chmod(change: Change): ModelVolume {
  const paths = [...change.model.files.keys()];
  if (paths.length === 0) return change.model;
  const path = change.random.pick(paths);
  const mode = change.random.pick(MODES);
  change.volume.chmod(inodeOf(change, path), mode);
  return change.model.chmod(path, mode);
}

function readSome(change: Change): ModelVolume {
  const { volume, model, random } = change;
  const path = pickFile(change);
  if (!path) return model;
  const position = random.pick(FAR_BLOCKS) * BLOCK_BYTES + random.int(BLOCK_BYTES);
  const target = Buffer.alloc(1 + random.int(3 * BLOCK_BYTES));
  const read = volume.read(inodeOf(change, path), target, position);
  assert(target.subarray(0, read).equals(model.read(path, position, target.length)), `${path} reads wrong`);
  return model;
}

function writeAt(change: Change, path: string, at: { bytes: Buffer; position: number }): ModelVolume {
  change.volume.write(inodeOf(change, path), at.bytes, at.position);
  return change.model.write(path, at.bytes, at.position);
}

function inodeOf(change: Change, path: string): number {
  const inode = change.volume.lookup(path);
  assert(inode !== undefined, `${path} is there`);
  return inode;
}

function pickFile(change: Change): string | undefined {
  const files = change.model.paths("file");
  return files.length === 0 ? undefined : change.random.pick(files);
}

function pickNewPath({ model, random }: Change): string | undefined {
  const directory = random.pick(["", ...model.paths("directory")]);
  const path = `${directory}/${random.pick(NAMES)}`;
  return model.files.has(path) ? undefined : path;
}

/** Runs of equal bytes, so that byte ranges have something to find. */
function randomBytes(random: Random, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1 + random.int(600)) bytes.fill(1 + random.int(255), at);
  if (random.int(3) === 0) bytes.fill(0, random.int(length));
  return bytes;
}
