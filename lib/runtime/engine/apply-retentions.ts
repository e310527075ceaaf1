import type { Database } from "@/lib/db";
import { listRetentions } from "@/lib/services";
import type { Log } from "@/lib/std/log";
import type { EngineStore } from "./engine-store";

export interface ApplyOptions {
  readonly db: Database;
  readonly store: Pick<EngineStore, "find" | "setRetention">;
  readonly log: Log;
}

/** Tells the store how far back each volume is kept: the rows are the truth, and an older version may have told it nothing. */
export async function applyRetentions({ db, store, log }: ApplyOptions): Promise<void> {
  const volumes = await listRetentions(db).catch((err: unknown) => {
    log.error({ err }, "The windows of volumes could not be read.");
    return [];
  });
  for (const { volumeId, retention } of volumes)
    try {
      // One that is only asked for is told when it is made.
      if (await store.find(volumeId)) await store.setRetention(volumeId, retention);
    } catch (err) {
      log.error({ err, volumeId }, `The window of volume ${volumeId} could not be set.`);
    }
}
