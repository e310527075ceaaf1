/** A file of a data directory, or a directory above it. */
export interface FileName {
  readonly path: string;
  readonly isDirectory: boolean;
  readonly blocks: number;
}

const DIRECTORIES = ["/base", "/base/5"];

/** So many blocks in files of at most `fileBlocks`, named as Postgres names the parts of one table. Directories come first. */
export function fileNames(blocks: number, fileBlocks: number): FileName[] {
  const parts = Array.from({ length: Math.ceil(blocks / fileBlocks) }, (_, part) => ({
    path: part === 0 ? "/base/5/16384" : `/base/5/16384.${part}`,
    isDirectory: false,
    blocks: Math.min(fileBlocks, blocks - part * fileBlocks),
  }));
  return [...DIRECTORIES.map((path) => ({ path, isDirectory: true, blocks: 0 })), ...parts];
}
