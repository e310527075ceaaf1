import type { Device } from "./device";
import type { LogReader } from "./log-reader";
import { logPath, segmentPath } from "./store-paths";

/** Removes a log that nobody needs. Safe to repeat after a crash at any point. */
export function removeLog(device: Device, storeDir: string, log: number): void {
  const directory = logPath(storeDir, log);
  for (const name of device.readdir(directory)) device.unlink(`${directory}/${name}`);
  device.rmdir(directory);
}

/** Removes segments that a writer began and never committed to. */
export function removeStrays(
  device: Device,
  from: { storeDir: string; log: number; reader: LogReader },
  segments: readonly number[],
): void {
  if (segments.length === 0) return;
  from.reader.forget(from.log);
  for (const segment of segments) device.unlink(segmentPath(from.storeDir, from.log, segment));
}
