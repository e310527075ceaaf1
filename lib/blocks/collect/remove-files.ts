import type { Device } from "../device/device";
import { toVolumeError } from "../volume-error";

/** Files to unlink in a directory; with `isWhole` the directory goes as well, with everything that is in it. */
export interface RemovalJob {
  readonly directory: string;
  readonly names: readonly string[];
  readonly isWhole: boolean;
}

/**
 * Unlinks one file after the other and yields its bytes after each, so that the caller can rest or do something else. Safe to
 * repeat. `before` sees each file while it has its name.
 */
export function* removalSteps(
  device: Device,
  job: RemovalJob,
  before: (path: string) => void = () => {},
): Generator<number, undefined> {
  try {
    for (const name of job.isWhole ? device.readdir(job.directory) : job.names) {
      const path = `${job.directory}/${name}`;
      let bytes = 0;
      unlessMissing(() => {
        bytes = device.allocatedBytes(path);
        before(path);
        device.unlink(path);
      });
      yield bytes;
    }
    if (job.isWhole) unlessMissing(() => device.rmdir(job.directory));
    return undefined;
  } catch (error) {
    throw toVolumeError(error, `removing files of ${job.directory}`);
  }
}

function unlessMissing(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
}
