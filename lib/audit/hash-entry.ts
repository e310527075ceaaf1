import { createHash } from "node:crypto";
import { type Json, toCanonicalJson } from "./canonical-json";

/** A row of the audit without its own hash; `previous` is the hash of the row before, empty for the first. */
export interface ChainedEntry {
  readonly projectId: string;
  readonly seq: bigint;
  readonly at: Date;
  readonly actorId: string | null;
  readonly actorName: string;
  readonly via: string;
  readonly address: string | null;
  readonly action: string;
  readonly objectType: string;
  readonly objectId: string;
  readonly objectName: string | null;
  readonly before: Json;
  readonly after: Json;
  readonly previous: string;
}

/** SHA-256 over everything that the row says, and so over all rows before it. */
export function hashEntry(entry: ChainedEntry): string {
  const { projectId, actorId, actorName, via, address, action, objectType, objectId, objectName, previous } = entry;
  const text = toCanonicalJson({
    projectId,
    seq: entry.seq.toString(),
    at: entry.at.toISOString(),
    actorId,
    actorName,
    via,
    address,
    action,
    objectType,
    objectId,
    objectName,
    before: entry.before,
    after: entry.after,
    previous,
  });
  return createHash("sha256").update(text).digest("hex");
}
