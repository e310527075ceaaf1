import { AssertionError } from "@/lib/std/assert";
import type { Device } from "../device/device";
import { Catalogue } from "../journal/catalogue";
import { decodeRecord, type Fact } from "../journal/journal-records";
import { journalPath } from "../log/store-paths";
import { VolumeError } from "../volume-error";
import type { Finding } from "./finding";

export interface CheckedJournal {
  readonly catalogue: Catalogue;
  /** The log that the last record made, when that record is not proven: it may not be whole, and nobody was told of it. */
  readonly unprovenLog: number | undefined;
}

/** Reads the journal without opening it for writing: its records in order, and nothing after them but a torn tail. */
export function checkJournal(device: Device, storeDir: string, findings: Finding[]): CheckedJournal {
  const report = (message: string) => findings.push({ kind: "journal", message });
  const catalogue = new Catalogue();
  const bytes = readFile(device, journalPath(storeDir));
  if (!bytes) report("The store has no journal.");
  const facts = bytes ? readFacts(bytes, report) : { facts: [], isSettled: true };
  for (const fact of facts.facts) applyFact(catalogue, fact, report);
  const last = facts.facts.at(-1);
  return { catalogue, unprovenLog: last?.type === "created" && !facts.isSettled ? last.log : undefined };
}

export function readFile(device: Device, path: string): Buffer | undefined {
  const slash = path.lastIndexOf("/");
  if (!device.readdir(path.slice(0, slash)).includes(path.slice(slash + 1))) return undefined;
  const file = device.open(path, "read");
  try {
    const bytes = Buffer.alloc(device.size(file));
    device.pread(file, bytes, 0);
    return bytes;
  } finally {
    device.close(file);
  }
}

function readFacts(bytes: Buffer, report: (message: string) => void): { facts: Fact[]; isSettled: boolean } {
  const facts: Fact[] = [];
  let at = 0;
  try {
    for (;;) {
      const next = decodeRecord(bytes, at);
      if (!next || next.sequence !== facts.length) break;
      if (next.record.type === "settled") return { facts, isSettled: true };
      facts.push(next.record);
      at += next.bytes;
    }
    for (let later = at + 1; later < bytes.length; later++) {
      const found = decodeRecord(bytes, later);
      if (!found || found.sequence <= facts.length) continue;
      report(`Record ${facts.length} at byte ${at} is damaged: a later one is whole.`);
      break;
    }
  } catch (error) {
    if (!(error instanceof VolumeError)) throw error;
    report(error.message);
  }
  return { facts, isSettled: false };
}

function applyFact(catalogue: Catalogue, fact: Fact, report: (message: string) => void): void {
  try {
    catalogue.apply(fact);
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    report(`A record of type ${fact.type} contradicts those before it: ${error.message}.`);
  }
}
