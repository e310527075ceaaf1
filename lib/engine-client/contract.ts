import { z } from "zod";
import { ID_PATTERN } from "@/lib/std/ids";
import { historyQuestions, IDS_MAX } from "./history-contract";

/** How long web waits for an answer: a screen without storage figures is better than a screen that hangs. */
export const DEADLINE_MS = 1_000;
/** A thousand services with a hundred connections each fit; more than this is a bug, not an answer. */
export const BODY_MAX_BYTES = 16 * 1024 * 1024;

const ids = z.array(z.string().regex(ID_PATTERN)).max(IDS_MAX);

export const engineHealth = z.strictObject({
  /** `starting` until every READY service has its endpoint; `stopping` once sessions are being ended. */
  state: z.enum(["starting", "ready", "stopping"]),
  pid: z.number().int(),
  started_at: z.string(),
});
export type EngineHealth = z.infer<typeof engineHealth>;

export const volumeStorage = z.strictObject({
  /** Bytes of blocks that the volume's head maps, its own and shared ones. */
  logicalBytes: z.number().int(),
  /** Its own head and history. */
  writtenBytes: z.number().int(),
  /** All that the volume's own log takes on the disk. */
  diskBytes: z.number().int(),
});
export type VolumeStorage = z.infer<typeof volumeStorage>;

export const connectionInfo = z.strictObject({
  /** `application_name` as the client gave it: `psql`, `grafana`; else words that say it gave none. */
  application: z.string(),
  address: z.string(),
  role: z.string(),
  /** When the session began, RFC 3339. */
  since: z.string(),
});
export type ConnectionInfo = z.infer<typeof connectionInfo>;

/** Of the disk that the data directory is on: what is free for the engine, of how much. */
export const diskSpace = z.strictObject({ freeBytes: z.number(), totalBytes: z.number() });
export type DiskSpace = z.infer<typeof diskSpace>;

/** Everything that web may ask the engine: the shape of the question and of its answer. Ids without an answer are left out. */
export const questions = {
  health: { ask: z.strictObject({}), answer: engineHealth },
  storage: { ask: z.strictObject({ volumeIds: ids }), answer: z.record(z.string(), volumeStorage) },
  connections: { ask: z.strictObject({ serviceIds: ids }), answer: z.record(z.string(), z.array(connectionInfo)) },
  disk: { ask: z.strictObject({}), answer: diskSpace },
  /** Writes down what all services used up to now: what costs are read from. */
  closeUsage: { ask: z.strictObject({}), answer: z.strictObject({ asOfMs: z.number().int() }) },
  ...historyQuestions,
} as const;

export type QuestionName = keyof typeof questions;
export type Ask<Name extends QuestionName> = z.infer<(typeof questions)[Name]["ask"]>;
export type Answer<Name extends QuestionName> = z.infer<(typeof questions)[Name]["answer"]>;
export type EngineHandlers = { [Name in QuestionName]: (ask: Ask<Name>) => Promise<Answer<Name>> | Answer<Name> };
