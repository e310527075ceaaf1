import { BLOCK_BYTES } from "../log/format";

interface ModelFile {
  /** The same object for as long as it is the same file, whatever its name. */
  readonly identity: object;
  readonly kind: "file" | "directory";
  readonly mode: number;
  readonly sizeBytes: number;
  /** Blocks that are not all zeros; never changed in place. */
  readonly blocks: ReadonlyMap<number, Buffer>;
}

/** The files of a volume as they should be: the plainest thing that can be right. Immutable; every change makes a new one. */
export class ModelVolume {
  readonly files: ReadonlyMap<string, ModelFile>;

  constructor(files: ReadonlyMap<string, ModelFile> = new Map()) {
    this.files = files;
  }

  paths(kind: "file" | "directory"): string[] {
    return [...this.files].filter(([, file]) => file.kind === kind).map(([path]) => path);
  }

  children(path: string): string[] {
    const prefix = path === "/" ? "/" : `${path}/`;
    return [...this.files.keys()].filter((name) => name.startsWith(prefix) && !name.slice(prefix.length).includes("/"));
  }

  add(path: string, kind: "file" | "directory", mode: number): ModelVolume {
    return this.#with(path, { identity: {}, kind, mode, sizeBytes: 0, blocks: new Map() });
  }

  remove(path: string): ModelVolume {
    const files = new Map(this.files);
    files.delete(path);
    return new ModelVolume(files);
  }

  rename(from: string, to: string): ModelVolume {
    const files = new Map([...this.files].filter(([path]) => path !== to));
    for (const [path, file] of this.files) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      files.delete(path);
      files.set(to + path.slice(from.length), file);
    }
    return new ModelVolume(files);
  }

  chmod(path: string, mode: number): ModelVolume {
    return this.#with(path, { ...this.#get(path), mode });
  }

  write(path: string, bytes: Uint8Array, position: number): ModelVolume {
    const file = this.#get(path);
    const blocks = new Map(file.blocks);
    for (let done = 0; done < bytes.length; ) {
      const within = (position + done) % BLOCK_BYTES;
      const take = Math.min(BLOCK_BYTES - within, bytes.length - done);
      const index = Math.floor((position + done) / BLOCK_BYTES);
      const block = Buffer.from(blocks.get(index) ?? Buffer.alloc(BLOCK_BYTES));
      block.set(bytes.subarray(done, done + take), within);
      setBlock(blocks, index, block);
      done += take;
    }
    return this.#with(path, { ...file, blocks, sizeBytes: Math.max(file.sizeBytes, position + bytes.length) });
  }

  truncate(path: string, sizeBytes: number): ModelVolume {
    const file = this.#get(path);
    const blocks = new Map([...file.blocks].filter(([index]) => index * BLOCK_BYTES < sizeBytes));
    const last = Math.floor(sizeBytes / BLOCK_BYTES);
    const block = blocks.get(last);
    if (block) setBlock(blocks, last, Buffer.from(block).fill(0, sizeBytes % BLOCK_BYTES));
    return this.#with(path, { ...file, blocks, sizeBytes });
  }

  read(path: string, position: number, length: number): Buffer {
    const file = this.#get(path);
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, file.sizeBytes - position)));
    for (const [index, block] of file.blocks) {
      const from = index * BLOCK_BYTES - position;
      if (from >= bytes.length || from + BLOCK_BYTES <= 0) continue;
      block.copy(bytes, Math.max(0, from), Math.max(0, -from));
    }
    return bytes;
  }

  get mappedBlocks(): number {
    let count = 0;
    for (const file of this.files.values()) count += file.blocks.size;
    return count;
  }

  #get(path: string): ModelFile {
    const file = this.files.get(path);
    if (!file) throw new Error(`the model has no ${path}`);
    return file;
  }

  #with(path: string, file: ModelFile): ModelVolume {
    return new ModelVolume(new Map(this.files).set(path, file));
  }
}

function setBlock(blocks: Map<number, Buffer>, index: number, block: Buffer): void {
  if (block.every((byte) => byte === 0)) blocks.delete(index);
  else blocks.set(index, block);
}
