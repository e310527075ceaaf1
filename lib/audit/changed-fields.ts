import { type Json, toCanonicalJson, toJson } from "./canonical-json";

/**
 * What of a row the audit may hold. An allow list: a field that nobody has thought about stays out, so a new column with a
 * secret in it does not leak here. Never passwords, verifiers, hashes, tokens, secrets, whole URLs.
 */
const AUDITED: ReadonlySet<string> = new Set([
  // services
  "name",
  "image",
  "environment",
  "regionCode",
  "cpuMillis",
  "memoryGbs",
  "status",
  "statusReason",
  "passwordSetAt",
  "passwordRevealed",
  "forkedFromId",
  "forkStrategy",
  "targetMicros",
  "baseCommit",
  "baseSnapshotId",
  "volumeId",
  "retentionSeconds",
  "retentionBytes",
  "snapshotIntervalSeconds",
  "snapshotsKept",
  "expiresAt",
  "ttlSeconds",
  "neverReason",
  "expiredAt",
  "postponed",
  "deletedAt",
  "purgeAt",
  "sample",
  "protectedBy",
  "purpose",
  "labels",
  "allowList",
  // what belongs to a service
  "kind",
  "what",
  "commit",
  "until",
  "armedAt",
  "operationId",
  // projects, their policy and prices
  "defaultTtlSeconds",
  "maxTtlSeconds",
  "graceSeconds",
  "allowNever",
  "onExpiry",
  "postponeSeconds",
  "forkProdRole",
  "maxForks",
  "maxRunning",
  "maxStoreBytes",
  "plans",
  "effectiveFrom",
  "currency",
  "vcpuHour",
  "gibHour",
  "storageGibMonth",
  "pinnedBilled",
  "monthlyMicroCents",
  "alertPercents",
  // people, keys, webhooks
  "role",
  "email",
  "userId",
  "publicKey",
  "revokedAt",
  "host",
  "events",
  "webhooks",
]);

// A row is for reading: what is longer is cut, and says so.
const TEXT_MAX = 2_000;

type Fields = { readonly [name: string]: Json };

/**
 * The fields that a change is told by: of what was there before and after, those that may be told and differ. With one side
 * alone (something made, or removed) all of it that may be told.
 */
export function findChangedFields(
  before: object | undefined,
  after: object | undefined,
): { before: Fields | null; after: Fields | null } {
  const [was, is] = [before && keepAudited(before), after && keepAudited(after)];
  if (!was || !is) return { before: was ?? null, after: is ?? null };
  const changed = Object.keys(is).filter(
    (name) => toCanonicalJson(was[name] ?? null) !== toCanonicalJson(is[name] ?? null),
  );
  const pick = (fields: Fields) => Object.fromEntries(changed.map((name) => [name, fields[name] ?? null]));
  return { before: pick(was), after: pick(is) };
}

const keepAudited = (row: object): Fields =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([name, value]) => AUDITED.has(name) && value !== undefined)
      .map(([name, value]) => [name, shorten(toJson(value))]),
  );

function shorten(value: Json): Json {
  const text = typeof value === "string" ? value : toCanonicalJson(value);
  if (text.length <= TEXT_MAX) return value;
  return toJson(`${text.slice(0, TEXT_MAX)}… (${text.length} characters)`);
}
