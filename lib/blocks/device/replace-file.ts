import type { Device } from "./device";

/** Puts a whole new content in a file's place, durable when it returns; after a crash it has the old content or the new one. */
export function replaceFile(device: Device, path: string, content: Uint8Array): void {
  const temporary = `${path}.tmp`;
  const file = device.open(temporary, "write");
  try {
    device.truncate(file, 0);
    device.pwritev(file, [content], 0);
    device.fdatasync(file);
  } finally {
    device.close(file);
  }
  device.rename(temporary, path);
  device.syncDirectory(path.slice(0, path.lastIndexOf("/")));
}
