import { BLOCK_BYTES } from "../log/format";
import { ROOT_INODE } from "../volume/file-table";
import type { Volume } from "../volume/volume-types";
import { VolumeError } from "../volume-error";
import { isNameless, type RootFile, type RootView } from "./root-view";

export type VolumeReader = Pick<Volume, "lookup" | "stat" | "readdir" | "read">;

/** A volume's files at a root, by their paths. Reads the whole inode table. */
export function openReader(view: RootView): VolumeReader {
  const files = new Map<number, RootFile>();
  const children = new Map<number, Map<string, number>>();
  for (const file of view.files()) {
    files.set(file.inode, file);
    if (file.kind === "directory") children.set(file.inode, new Map());
  }
  for (const file of files.values())
    if (!isNameless(file) && file.inode !== ROOT_INODE) children.get(file.parent)?.set(file.name, file.inode);
  const get = (inode: number) => {
    const file = files.get(inode);
    if (!file) throw new VolumeError("ENOENT", `There is no file with number ${inode}.`);
    return file;
  };
  return {
    lookup(path) {
      const names = path.split("/").filter((name) => name !== "");
      return names.reduce<number | undefined>((at, name) => at && children.get(at)?.get(name), ROOT_INODE);
    },
    stat(inode) {
      const { kind, mode, sizeBytes, mtimeMs } = get(inode);
      return { kind, mode, sizeBytes, mtimeMs };
    },
    readdir(inode) {
      const names = children.get(get(inode).inode);
      if (!names) throw new VolumeError("ENOTDIR", `${view.pathOf(get(inode))} is no directory.`);
      return [...names.keys()];
    },
    read: (inode, target, position) => read(view, get(inode), { target, position }),
  };
}

function read(view: RootView, file: RootFile, to: { target: Uint8Array; position: number }): number {
  if (file.kind === "directory") throw new VolumeError("EISDIR", `${view.pathOf(file)} is a directory.`);
  const length = Math.max(0, Math.min(to.target.length, file.sizeBytes - to.position));
  const page = Buffer.alloc(BLOCK_BYTES);
  for (let done = 0; done < length; ) {
    const at = to.position + done;
    const within = at % BLOCK_BYTES;
    const take = Math.min(BLOCK_BYTES - within, length - done);
    view.readBlock(file, (at - within) / BLOCK_BYTES, page);
    to.target.set(page.subarray(within, within + take), done);
    done += take;
  }
  return length;
}
