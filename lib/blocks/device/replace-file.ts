import { isDiskFull } from "../volume-error";
import type { Device } from "./device";

export interface Replacement {
  readonly path: string;
  readonly content: Uint8Array;
  /** Finds room when the disk has none, by putting a file that has some at the path that it is given; false: there is none. */
  readonly findRoom?: (temporary: string) => boolean;
}

/** Puts a whole new content in a file's place, durable when it returns; after a crash it has the old content or the new one. */
export function replaceFile(device: Device, path: string, content: Uint8Array): void {
  replaceOrFindRoom(device, { path, content });
}

export function replaceOrFindRoom(device: Device, { path, content, findRoom }: Replacement): void {
  const temporary = `${path}.tmp`;
  try {
    try {
      write(device, temporary, content);
    } catch (error) {
      if (!isDiskFull(error) || !findRoom?.(temporary)) throw error;
      write(device, temporary, content);
    }
    device.rename(temporary, path);
  } catch (error) {
    remove(device, temporary);
    throw error;
  }
  device.syncDirectory(path.slice(0, path.lastIndexOf("/")));
}

/** Over what is there and cut off after, never before: the room that the file has is not given away. */
function write(device: Device, path: string, content: Uint8Array): void {
  const file = device.open(path, "write");
  try {
    device.pwritev(file, [content], 0);
    if (device.size(file) > content.length) device.truncate(file, content.length);
    device.fdatasync(file);
  } finally {
    device.close(file);
  }
}

/** A full disk is not to be kept full by what did not fit. */
function remove(device: Device, temporary: string): void {
  try {
    device.unlink(temporary);
  } catch {
    // Not made, or the disk fails again: the next opening removes it.
  }
}
