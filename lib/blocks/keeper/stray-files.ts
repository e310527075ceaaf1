import { removeStrayTemporaries } from "../collect/rewrite-segment";
import type { Device } from "../device/device";
import { indexPath, logPath, toIndexNumbers, toSegmentNumbers } from "../log/store-paths";

/** Removes what a rewrite left in a log that was cut off, and indexes whose segments are gone. */
export function removeStrayFiles(device: Device, storeDir: string, log: number): void {
  const directory = logPath(storeDir, log);
  removeStrayTemporaries(device, directory);
  const names = device.readdir(directory);
  const segments = new Set(toSegmentNumbers(names));
  const orphans = toIndexNumbers(names).filter((index) => !segments.has(index));
  // Their segments must not come back after a power cut, when nobody could read them any more.
  if (orphans.length > 0) device.syncDirectory(directory);
  for (const index of orphans) device.unlink(indexPath(storeDir, log, index));
}
