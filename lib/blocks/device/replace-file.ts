import type { Device } from "./device";

/** Puts a whole new content in a file's place, durable when it returns; after a crash it has the old content or the new one. */
export function replaceFile(device: Device, path: string, content: Uint8Array): void {
  const temporary = `${path}.tmp`;
  try {
    write(device, temporary, content);
    device.rename(temporary, path);
  } catch (error) {
    remove(device, temporary);
    throw error;
  }
  device.syncDirectory(path.slice(0, path.lastIndexOf("/")));
}

function write(device: Device, path: string, content: Uint8Array): void {
  const file = device.open(path, "write");
  try {
    device.truncate(file, 0);
    device.pwritev(file, [content], 0);
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
