import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Volume } from "@/lib/blocks";

/** Copies a volume's files into a plain directory, which is made. */
export function copyVolume(volume: Volume, dir: string, path = "/"): void {
  const inode = volume.lookup(path);
  if (inode === undefined) throw new Error(`${path} is not in the volume`);
  const { kind, mode, sizeBytes } = volume.stat(inode);
  const target = join(dir, path);
  if (kind === "file") {
    const bytes = Buffer.alloc(sizeBytes);
    volume.read(inode, bytes, 0);
    writeFileSync(target, bytes);
  } else {
    mkdirSync(target, { recursive: true });
    for (const name of volume.readdir(inode)) copyVolume(volume, dir, path === "/" ? `/${name}` : `${path}/${name}`);
  }
  chmodSync(target, mode);
}
