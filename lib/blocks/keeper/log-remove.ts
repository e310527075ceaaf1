import type { Device } from "../device/device";
import { logPath } from "../log/store-paths";

/** Removes a log that nobody needs. Safe to repeat after a crash at any point. */
export function removeLog(device: Device, storeDir: string, log: number): void {
  const directory = logPath(storeDir, log);
  for (const name of device.readdir(directory)) device.unlink(`${directory}/${name}`);
  device.rmdir(directory);
}
