import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, openVolume, type Volume } from "@/lib/blocks";
import type { EngineStore } from "@/lib/runtime/engine/engine-store";
import { systemClock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { bundleKeeper } from "./keeper-bundle";

/** A volume with a writer, whose content is a list of rows. */
export interface OpenRows {
  read(): string[];
  /** Acknowledged, so committed. */
  write(rows: readonly string[]): void;
  close(): Promise<void>;
}

/** A store whose volumes can be used without a Postgres. */
export type RowStore = Pick<
  EngineStore,
  "create" | "fork" | "delete" | "find" | "list" | "window" | "setRetention" | "hold" | "releaseHold" | "takeSnapshot"
> & { openRows(volumeId: string): Promise<OpenRows> };

/** A real block store for a test file. */
export async function openTestStore(): Promise<{ store: EngineStore & RowStore; remove(): Promise<void> }> {
  const { keeperEntry, remove } = await bundleKeeper();
  const dir = await mkdtemp(join(tmpdir(), "offshoot-store-"));
  const store = await openStore(dir, { clock: systemClock, log: silentLog, keeperEntry });
  return {
    store: { ...store, openRows: (volumeId) => openRows(store, volumeId) },
    async remove() {
      await store.close();
      await rm(dir, { recursive: true, force: true });
      await remove();
    },
  };
}

async function openRows(store: EngineStore, volumeId: string): Promise<OpenRows> {
  const { ticket, release } = await store.openWriter(volumeId);
  const volume = openVolume(ticket);
  return {
    read: () => readRows(volume),
    write(rows) {
      writeRows(volume, rows);
      volume.commit({ moment: true });
    },
    async close() {
      volume.close();
      await release();
    },
  };
}

const ROWS = "/rows";

function readRows(volume: Volume): string[] {
  const inode = volume.lookup(ROWS);
  if (inode === undefined) return [];
  const bytes = new Uint8Array(volume.stat(inode).sizeBytes);
  volume.read(inode, bytes, 0);
  return Buffer.from(bytes).toString().split("\n").filter(Boolean);
}

function writeRows(volume: Volume, rows: readonly string[]): void {
  const inode = volume.lookup(ROWS) ?? volume.create(ROWS, 0o600);
  const bytes = Buffer.from(rows.map((row) => `${row}\n`).join(""));
  volume.truncate(inode, bytes.length);
  volume.write(inode, bytes, 0);
}
