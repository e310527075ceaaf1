import { isNameless, type RootFile, RootView } from "../diff/root-view";
import { eachDifference, eachTreeBlock, isSamePlace } from "../diff/tree-reader";
import { type Address, BLOCK_BYTES, isHole, type Place } from "../log/format";
import type { BlockChange, Cut, FrameHeader, InodeChange, RangeChange } from "../log/frame";
import { visitFrame } from "../log/frame-reader";
import type { Frame } from "../log/log-reader";
import type { ResolvedRoot } from "../log/resolved-root";
import { ROOT_INODE } from "../volume/file-table";
import { INODE_KIND, INODES_PER_BLOCK } from "../volume/inode";
import { VolumeError } from "../volume-error";
import type { CheckReader } from "./check-reader";
import type { Finding } from "./finding";
import type { Needer, Reach } from "./reach";
import { TreeWalk } from "./tree-walk";

export interface RootCheckParts {
  readonly reader: CheckReader;
  readonly reach: Reach;
  readonly findings: Finding[];
  readonly volumeId: string | undefined;
}

const NODES = 256;

/**
 * A volume from one map checkpoint (or root) on, frame by frame: what it maps is counted again and compared with what the
 * frames say, and all that a commit needs is marked as reached.
 */
export class RootCheck {
  readonly #parts: RootCheckParts;
  readonly #view: RootView;
  readonly #walk: TreeWalk;
  /** Numbers in use, and the blocks that each maps. */
  readonly #mapped = new Map<number, number>([[ROOT_INODE, 0]]);
  /** Files of which something cannot be read: nothing more can be said about them. */
  readonly #broken = new Set<number>();
  #isTableBroken = false;
  /** Blocks with a new address since the last commit that was marked. */
  #touched: { inode: number; block: number }[] = [];
  #total = 0;
  /** The frames that were applied. */
  readonly applied: Place[] = [];

  constructor(parts: RootCheckParts, base: ResolvedRoot) {
    this.#parts = parts;
    this.#view = new RootView(parts.reader, { ...base, frames: [] }, { nodes: NODES });
    this.#walk = new TreeWalk(parts.reach, this.#view.nodes);
    this.#loadTable();
  }

  isBasedOn(root: ResolvedRoot): boolean {
    const { table } = this.#view;
    return isSamePlace(table.root, root.tableRoot) && table.height === root.tableHeight;
  }

  /** Something could not be read, which was reported: sums are not known. */
  get isBroken(): boolean {
    return this.#isTableBroken || this.#broken.size > 0;
  }

  /** The next frame after those that were applied. */
  apply({ header, body }: Frame): void {
    const changes = this.#view.delta.visitorOf(header.place);
    visitFrame(header, body, {
      cut: (cut) => {
        this.#guard(cut.inode, () => this.#countCut(cut));
        changes.cut(cut);
      },
      inode: (change) => {
        this.#countInode(change);
        changes.inode(change);
      },
      block: (change) => {
        // The table's own blocks are the next checkpoint's.
        if (change.inode === 0) return;
        this.#guard(change.inode, () => this.#countBlock(header, change));
        changes.block(change);
      },
      range: (change) => {
        this.#guard(change.inode, () => this.#countRange(header, change));
        changes.range(change);
      },
    });
    this.applied.push(header.place);
    this.compareTotal(header);
  }

  compareTotal({ commit, mappedBlocks, place }: Pick<FrameHeader, "commit" | "mappedBlocks" | "place">): void {
    if (mappedBlocks === this.#total || this.isBroken) return;
    this.#report(`Commit ${commit} counts ${mappedBlocks} blocks, and maps ${this.#total}.`, { ...place });
  }

  /** Marks all that is needed to read the volume as it is now. */
  reachAll(): void {
    this.#touched = [];
    for (const inode of this.#mapped.keys())
      this.#guard(inode, () => {
        const file = this.#view.find(inode);
        if (!file) return;
        const needer = this.#neederOf(file);
        this.#walk.reach(file.tree, file.delta, needer);
        for (const [block, address] of file.delta?.blocks ?? []) this.#reachBlock(address, { ...needer, block });
      });
  }

  /** The same when everything was marked before the last frames were applied. */
  reachTouched(): void {
    for (const { inode, block } of this.#touched)
      this.#guard(inode, () => {
        const file = this.#view.find(inode);
        if (!file) return;
        const address = this.#view.addressOf(file, block);
        if (!isHole(address)) this.#reachBlock(address, { ...this.#neederOf(file), block });
      });
    this.#touched = [];
  }

  /** Counts the blocks of every file one by one, and looks at the names. */
  recount(inodeLimit: number): void {
    const names = new Set<string>();
    for (const [inode, mapped] of this.#mapped)
      this.#guard(inode, () => {
        const file = this.#view.find(inode);
        if (!file) return;
        this.#checkName(file, names);
        if (inode >= inodeLimit) this.#report(`File number ${inode} is not below the limit ${inodeLimit}.`, {});
        let blocks = 0;
        for (const _ of this.#view.blocks(file)) blocks++;
        if (blocks !== mapped)
          this.#report(`A file counts ${mapped} blocks, and maps ${blocks}.`, this.#neederOf(file));
      });
  }

  /** `next` begins with the map checkpoint of the frame that was applied last: it must hold the same. */
  compare(next: RootCheck, place: Place): void {
    if (this.isBroken || next.isBroken) return;
    for (const inode of new Set([...this.#mapped.keys(), ...next.#mapped.keys()])) {
      const [before, after] = [this.#view.find(inode), next.#view.find(inode)];
      const isSame = before && after ? this.#isSameFile(before, after, next.#view) : before === after;
      if (isSame && this.#mapped.get(inode) === next.#mapped.get(inode)) continue;
      const file = before ?? after;
      this.#report("A map checkpoint holds another state than the commits before it.", {
        ...place,
        path: file && this.#neederOf(file).path,
      });
    }
  }

  #loadTable(): void {
    const { nodes, table } = this.#view;
    const needer = { volumeId: this.#parts.volumeId, path: "(file table)" };
    if (this.#walk.count(table, needer) === undefined) this.#isTableBroken = true;
    else
      for (const { block, address } of eachTreeBlock(nodes, table, { from: 0, to: Number.POSITIVE_INFINITY }))
        if (!this.#parts.reach.add("block", address, { ...needer, block })) this.#isTableBroken = true;
        else this.#loadChunk(block);
  }

  #loadChunk(chunk: number): void {
    for (let inode = chunk * INODES_PER_BLOCK; inode < (chunk + 1) * INODES_PER_BLOCK; inode++)
      this.#guard(inode, () => {
        const file = inode === 0 ? undefined : this.#view.find(inode);
        if (!file) return;
        const needer = this.#neederOf(file);
        const mapped = this.#walk.count(file.tree, needer);
        if (mapped === undefined) this.#broken.add(inode);
        else if (mapped !== file.mapped)
          this.#report(`A record of the file table counts ${file.mapped} blocks, its tree has ${mapped}.`, needer);
        this.#mapped.set(inode, mapped ?? 0);
        this.#total += mapped ?? 0;
      });
  }

  #countCut({ inode, block }: Cut): void {
    const file = this.#view.find(inode);
    if (!file) return;
    let removed = 0;
    if (block === 0) removed = this.#mapped.get(inode) ?? 0;
    else for (const _ of this.#view.blocks(file, block)) removed++;
    this.#count(inode, -removed);
  }

  #countInode({ inode, kind }: InodeChange): void {
    if (kind !== INODE_KIND.free) {
      if (!this.#mapped.has(inode)) this.#mapped.set(inode, 0);
      return;
    }
    const left = this.#mapped.get(inode) ?? 0;
    this.#total -= left;
    this.#mapped.delete(inode);
    if (left > 0 && !this.#broken.has(inode)) this.#report(`A file was freed with ${left} of its blocks.`, {});
  }

  #countBlock({ commit, place }: FrameHeader, change: BlockChange): void {
    const { inode, block, address, replaced } = change;
    const file = this.#view.find(inode);
    if (!file) {
      this.#report(`Commit ${commit} writes to file number ${inode}, which is not there.`, { ...place });
      return;
    }
    const before = this.#view.addressOf(file, block);
    if (!isSamePlace(before, replaced) && !(isHole(before) && isHole(replaced)))
      this.#report(`Commit ${commit} names another place as the one it replaces.`, {
        ...this.#neederOf(file),
        block,
        ...place,
      });
    const wasMapped = !isHole(before) || this.#view.rangesOf(file, block).length > 0;
    this.#count(inode, (isHole(address) ? 0 : 1) - (wasMapped ? 1 : 0));
    if (!isHole(address)) this.#touched.push({ inode, block });
  }

  #countRange({ commit, place }: FrameHeader, { inode, block, from, bytes }: RangeChange): void {
    const file = this.#view.find(inode);
    if (!file) {
      this.#report(`Commit ${commit} writes to file number ${inode}, which is not there.`, { ...place });
      return;
    }
    if (from + bytes.length > BLOCK_BYTES)
      this.#report(`Commit ${commit} writes past the end of a block.`, { ...this.#neederOf(file), block, ...place });
    const isMapped = this.#view.rangesOf(file, block).length > 0 || !isHole(this.#view.addressOf(file, block));
    this.#count(inode, isMapped ? 0 : 1);
  }

  #count(inode: number, blocks: number): void {
    this.#mapped.set(inode, (this.#mapped.get(inode) ?? 0) + blocks);
    this.#total += blocks;
  }

  #checkName(file: RootFile, names: Set<string>): void {
    if (file.inode === ROOT_INODE || isNameless(file)) return;
    const name = `${file.parent}/${file.name}`;
    if (names.has(name)) this.#report("Two files have the same name in a directory.", this.#neederOf(file), "names");
    names.add(name);
    if (this.#view.find(file.parent)?.kind !== "directory")
      this.#report(`The file ${file.name} lies in no directory.`, {}, "names");
  }

  #isSameFile(before: RootFile, after: RootFile, next: RootView): boolean {
    if (describeFacts(before) !== describeFacts(after)) return false;
    const { delta } = before;
    if (!delta) return isSamePlace(before.tree.root, after.tree.root) && before.tree.height === after.tree.height;
    if (delta.ranges.size > 0) return false;
    for (const [block, address] of delta.blocks) {
      const found = next.addressOf(after, block);
      if (!isSamePlace(found, address) && !(isHole(found) && isHole(address))) return false;
    }
    const nodes = { a: this.#view.nodes, b: next.nodes };
    const trees = { a: before.tree, b: after.tree, isShared: false };
    for (const block of eachDifference(nodes, trees, delta.treeLimit)) if (!delta.blocks.has(block)) return false;
    return true;
  }

  #reachBlock(address: Address, needer: Needer): void {
    if (!isHole(address)) this.#parts.reach.add("block", address, needer);
  }

  #neederOf(file: RootFile): Needer {
    const { volumeId } = this.#parts;
    try {
      return { volumeId, path: this.#view.pathOf(file) ?? `(unlinked file ${file.inode})` };
    } catch {
      return { volumeId, path: `(file ${file.inode})` };
    }
  }

  /** What is damaged was reported when the trees were walked. */
  #guard(inode: number, work: () => void): void {
    if (this.#broken.has(inode)) return;
    try {
      work();
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      this.#broken.add(inode);
    }
  }

  #report(message: string, where: Partial<Finding>, kind: Finding["kind"] = "counter"): void {
    this.#parts.findings.push({ volumeId: this.#parts.volumeId, ...where, kind, message });
  }
}

const describeFacts = ({ kind, mode, sizeBytes, mtimeMs, parent, name }: RootFile): string =>
  JSON.stringify([kind, mode, sizeBytes, mtimeMs, parent, name]);
