import { assert } from "@/lib/std/assert";
import type { ChangedRange } from "../../history-types";
import { BLOCK_BYTES } from "../../log/format";
import type { ModelVolume } from "../model-volume";
import type { Offer } from "./check-window";
import type { Scene } from "./scene";

type ModelFile = ModelVolume["files"] extends ReadonlyMap<string, infer File> ? File : never;

const ZEROS = Buffer.alloc(BLOCK_BYTES);

/** The blocks that the store says differ between two commits, against comparing their content. */
export function checkDiff(scene: Scene, offers: readonly Offer[]): void {
  const { random, store } = scene;
  if (offers.length === 0) return;
  const first = random.pick(offers);
  const second = random.int(2) === 0 ? first : random.pick(offers);
  const [from, to] = [random.pick(first.commits), random.pick(second.commits)];
  if (hasRenamed(from.content, to.content)) return;
  const sides = [
    { volumeId: first.timeline.volumeId, commit: from.commit },
    { volumeId: second.timeline.volumeId, commit: to.commit },
  ] as const;
  const found = listBlocks(store.keeper.diff(...sides));
  const expected = compareContent(from.content, to.content);
  assert(found === expected, `diff of ${JSON.stringify(sides)} is ${found}, should be ${expected}`);
}

/**
 * Whether a file that is in both has another name or directory. The store then pairs it by what it shares, which a model
 * without addresses cannot know.
 */
function hasRenamed(from: ModelVolume, to: ModelVolume): boolean {
  const pathsIn = new Map([...to.files].map(([path, file]) => [file.identity, path]));
  return [...from.files].some(([path, { identity, kind }]) => {
    const now = pathsIn.get(identity);
    // The number of a directory that is gone may be another's now, and so may those of its files.
    return now === undefined ? kind === "directory" : now !== path;
  });
}

function compareContent(from: ModelVolume, to: ModelVolume): string {
  const blocks: string[] = [];
  for (const path of new Set([...from.files.keys(), ...to.files.keys()]))
    for (const block of differing(from.files.get(path), to.files.get(path))) blocks.push(`${path}:${block}`);
  return blocks.sort().join(" ");
}

function differing(a: ModelFile | undefined, b: ModelFile | undefined): number[] {
  const [ofA, ofB] = [a, b].map((file) => (file?.kind === "file" ? file.blocks : new Map<number, Buffer>())) as [
    ReadonlyMap<number, Buffer>,
    ReadonlyMap<number, Buffer>,
  ];
  const blocks = [...new Set([...ofA.keys(), ...ofB.keys()])];
  return blocks.filter((block) => !(ofA.get(block) ?? ZEROS).equals(ofB.get(block) ?? ZEROS));
}

function listBlocks(ranges: readonly ChangedRange[]): string {
  const blocks = ranges.flatMap(({ path, firstBlock, blocks: count }) =>
    Array.from({ length: count }, (_, index) => `${path}:${firstBlock + index}`),
  );
  return blocks.sort().join(" ");
}
