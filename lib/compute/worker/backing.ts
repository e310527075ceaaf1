import type { FileStat, Volume } from "@/lib/blocks";

/** What an open descriptor of Postgres reads and writes. */
export interface OpenFile {
  read(target: Uint8Array, position: number): number;
  write(source: Uint8Array, position: number): number;
  sizeBytes(): number;
  close(): void;
}

/** What stands behind a name in the data directory: a file of the volume, or a scratch file. */
export interface Backing {
  readonly isWal: boolean;
  stat(): FileStat;
  chmod(mode: number): void;
  utimes(mtimeMs: number): void;
  truncate(sizeBytes: number): void;
  names(): string[];
  open(): OpenFile;
}

export function volumeBacking(volume: Volume, inode: number, isWal: boolean): Backing {
  return {
    isWal,
    stat: () => volume.stat(inode),
    chmod: (mode) => volume.chmod(inode, mode),
    utimes: (mtimeMs) => volume.utimes(inode, mtimeMs),
    truncate: (sizeBytes) => volume.truncate(inode, sizeBytes),
    names: () => volume.readdir(inode),
    open: () => openInode(volume, inode),
  };
}

function openInode(volume: Volume, inode: number): OpenFile {
  volume.retain(inode);
  return {
    read: (target, position) => volume.read(inode, target, position),
    write: (source, position) => volume.write(inode, source, position),
    sizeBytes: () => volume.stat(inode).sizeBytes,
    close: () => volume.release(inode),
  };
}
