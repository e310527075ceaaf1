import { z } from "zod";

/** What an operation's row keeps of the request beside the service: written by lib/services, read by lib/operations. */

/** Without `reserved` a fork is made of the newest commit at the time it is made. */
export const forkInput = z.object({
  /** The commit that the request was about, and the hold that keeps it until the fork is made. */
  reserved: z.object({ commit: z.number().int(), holdId: z.string() }).optional(),
});
export type ForkInput = z.infer<typeof forkInput>;

export const snapshotInput = z.object({ name: z.string() });
export type SnapshotInput = z.infer<typeof snapshotInput>;
