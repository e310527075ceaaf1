import { z } from "zod";

const LIMIT_MAX = 1_000;

/** What of the activity is asked for; as a query its numbers are text. */
export const auditQuery = z.strictObject({
  /** Entries older than this number: where the page before ended. */
  before: z.coerce.number().int().positive().optional(),
  /** `service.fork`, or `service` for all that is done to services. */
  action: z.string().max(64).optional(),
  object_id: z.string().max(64).optional(),
  /** A part of the name of who did it. */
  actor: z.string().max(128).optional(),
  from: z.iso.datetime({ offset: true, error: "This must be a time such as 2026-11-23T10:00:00Z." }).optional(),
  to: z.iso.datetime({ offset: true, error: "This must be a time such as 2026-11-23T10:00:00Z." }).optional(),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).optional(),
});
export type AuditQuery = z.infer<typeof auditQuery>;

type Fields = Readonly<Record<string, unknown>>;

export interface AuditEntryDto {
  readonly seq: number;
  readonly at: string;
  readonly actor: { id: string | null; name: string; via: string; address: string | null };
  readonly action: string;
  readonly object: { type: string; id: string; name: string | null };
  /** The fields that changed, as they were and as they are; null where there was nothing, or is nothing. */
  readonly before: Fields | null;
  readonly after: Fields | null;
  readonly hash: string;
}

export interface AuditPageDto {
  readonly entries: readonly AuditEntryDto[];
  /** `before` of the next page; null on the last. */
  readonly next: number | null;
}
