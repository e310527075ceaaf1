import { z } from "zod";

/** What an operation's row keeps of the request beside the service: written by lib/services, read by lib/operations. */

/** Without `reserved` a fork is made of the newest commit at the time it is made. */
export const forkInput = z.object({
  /** The commit that the request was about, and the hold that keeps it until the fork is made. */
  reserved: z
    .object({
      commit: z.number().int(),
      holdId: z.string(),
      /** Where it is: a source that was reset meanwhile has another one. Missing in operations of before there were resets. */
      volumeId: z.string().optional(),
    })
    .optional(),
  /** TimescaleDB's jobs are left as they are in the source. */
  leavesJobs: z.literal(true).optional(),
});
export type ForkInput = z.infer<typeof forkInput>;

export const snapshotInput = z.object({ name: z.string() });
export type SnapshotInput = z.infer<typeof snapshotInput>;

/** Where a service was when it was asked for, and where it goes back to when it comes to nothing. */
export const cameFromInput = z.object({ from: z.enum(["READY", "UNSTABLE", "PAUSED"]) });

/** Whether it comes back from its end or from Recently deleted: where it goes when it cannot be started. */
export const restoreInput = z.object({ from: z.enum(["EXPIRED", "DELETED"]).default("DELETED") });
export type RestoreInput = z.infer<typeof restoreInput>;

const size = z.object({ cpuMillis: z.number().int(), memoryGbs: z.number().int() });

export const resizeInput = cameFromInput.extend({ before: size, after: size });
export type ResizeInput = z.infer<typeof resizeInput>;

/** A reset goes on with another volume: a clone of a commit of one that the service has or had, or that one itself. */
export const resetInput = cameFromInput.extend({
  /** The volume that it has when this is asked for. */
  oldVolumeId: z.string(),
  newVolumeId: z.string(),
  /** Null when the new volume is one that was kept. */
  clone: z
    .object({
      volumeId: z.string(),
      commit: z.number().int(),
      micros: z.number().int(),
      /** Keeps the commit until the clone is there. */
      holdId: z.string(),
      /** The commit that the service began with. */
      isBase: z.boolean(),
    })
    .nullable(),
});
export type ResetInput = z.infer<typeof resetInput>;

/** What is switched on; a role with the password of this verifier, which the operation forgets when it ends. */
export const armInput = z.object({ itemId: z.string(), verifier: z.string().optional() });
export type ArmInput = z.infer<typeof armInput>;

/** The hidden forks that a schema is read in, and what the source's is made of: a commit, or the newest without one. */
export const schemaInput = z.object({
  against: z.enum(["source_then", "source_now"]).optional(),
  hiddenId: z.string(),
  hiddenSourceId: z.string().optional(),
  base: z.object({ volumeId: z.string(), commit: z.number().int() }).optional(),
});
export type SchemaInput = z.infer<typeof schemaInput>;

/** The volume of before a reset whose grace is over. */
export const freeInput = z.object({ volumeId: z.string() });
