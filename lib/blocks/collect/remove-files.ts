import type { Device } from "../device/device";
import { toVolumeError } from "../volume-error";

/** Unlinks a file that nobody needs. One that is gone already is no error. */
export function removeFile(device: Device, path: string): void {
  unlessMissing(() => device.unlink(path));
}

/** Removes a directory with its files, and yields after each, so that something else can come in between. Safe to repeat. */
export function* removalSteps(device: Device, directory: string): Generator<void, void> {
  try {
    for (const name of device.readdir(directory)) {
      removeFile(device, `${directory}/${name}`);
      yield;
    }
    unlessMissing(() => device.rmdir(directory));
  } catch (error) {
    throw toVolumeError(error, `removing files of ${directory}`);
  }
}

function unlessMissing(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
}
