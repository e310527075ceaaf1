import type { PortableError } from "../keeper/keeper-protocol";
import type { RewriteJob, RewriteResult } from "./rewrite-segment";

/** `workerData` of the thread that collects; it shares its file with the keeper's thread. */
export const COLLECTOR_ROLE = "collector";

export interface CollectorMessage {
  readonly id: number;
  readonly job: RewriteJob;
}

export type CollectorReply =
  | { readonly id: number; readonly result: RewriteResult }
  | { readonly id: number; readonly error: PortableError };
