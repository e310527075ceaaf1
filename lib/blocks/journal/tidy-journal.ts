import type { Log } from "@/lib/std/log";
import type { Device } from "../device/device";
import { unlessDiskFails } from "../keeper/failures";
import type { Catalogue } from "./catalogue";
import { Journal, type OpenedJournal } from "./journal";

/** A journal is written anew when it has so many records, and so many for each that still says something. */
const SHORT_JOURNAL = 1_000;
const LONGEST_JOURNAL = 4;

/**
 * Opens the journal and fills an empty catalogue from it. Holds and snapshots come and go: one that is mostly about what is gone
 * is written anew before it is used.
 */
export function openTidyJournal(
  catalogue: Catalogue,
  of: { readonly device: Device; readonly storeDir: string; readonly log: Log },
): OpenedJournal {
  const { device, storeDir, log } = of;
  const opened = Journal.open(device, storeDir);
  for (const record of opened.records) catalogue.apply(record);
  const facts = catalogue.toFacts();
  // Only a settled one: of an unsettled last record it is not known yet whether it stands.
  const isLong = opened.records.length >= Math.max(SHORT_JOURNAL, LONGEST_JOURNAL * facts.length);
  if (!opened.isSettled || !isLong) return opened;
  opened.journal.close();
  unlessDiskFails(log, undefined, () => Journal.rewrite(device, storeDir, facts));
  return Journal.open(device, storeDir);
}
