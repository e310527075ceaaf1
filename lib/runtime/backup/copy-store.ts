import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@/lib/std/app-error";
import { copyFile } from "./copy-file";

/** What exists in a store, as its file has it now. */
export const readJournal = (storeDir: string): Promise<Buffer> => readFile(join(storeDir, "journal"));

/**
 * Copies a store as it is, or was, when its journal had these bytes, and what was written since. While its engine runs, upkeep
 * has to be paused (`withQuietStore`) from before the journal was read until this resolves. Then all that happens beside it is
 * that logs grow, are made, and get indexes, and the order makes the copy one that a crash could have left:
 *
 * - the journal first: each log that it names is whole on the disk, and is not removed before upkeep goes on;
 * - of a log its ledger before its indexes before its segments: an index says nothing of what is not in its segment, a ledger
 *   nothing of what is in no index. A segment may have more than they do, which is then read again;
 * - a segment that grows is cut anywhere: that is a torn tail, behind the last commit that had passed its barrier.
 *
 * Logs that the journal does not name are strays, which the next opening removes.
 */
export async function copyStore(from: { storeDir: string; journal: Buffer }, to: string): Promise<void> {
  const { storeDir, journal } = from;
  await mkdir(join(to, "logs"), { recursive: true, mode: 0o700 });
  await writeFile(join(to, "journal"), journal, { mode: 0o600, flush: true });
  for (const log of (await readdir(join(storeDir, "logs"))).filter((name) => /^\d+$/.test(name)))
    await copyLog(join(storeDir, "logs", log), join(to, "logs", log));
}

const ORDER = [/^ledger$/, /^\d+\.idx$/, /^\d+\.seg$/];

async function copyLog(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  // Read anew for each kind: a segment that was begun meanwhile may have an index already.
  for (const kind of ORDER)
    for (const name of (await readdir(from)).filter((name) => kind.test(name)))
      await copyFile(join(from, name), join(to, name)).catch((cause) => {
        throw new AppError("CONTROL_PLANE", `${join(from, name)} could not be copied: ${cause.message}. Begin again.`, {
          cause,
        });
      });
}
