import type { PortableError } from "../keeper/keeper-protocol";
import type { RemovalJob } from "./remove-files";
import type { RewriteJob, RewriteResult } from "./rewrite-segment";

/** `workerData` of the thread that collects; it shares its file with the keeper's thread. */
export const COLLECTOR_ROLE = "collector";

export type CollectorRequest =
  | { readonly kind: "rewrite"; readonly job: RewriteJob }
  | { readonly kind: "remove"; readonly job: RemovalJob };

export interface CollectorMessage {
  readonly id: number;
  readonly request: CollectorRequest;
}

export type CollectorReply =
  | { readonly id: number; readonly result: RewriteResult | undefined }
  | { readonly id: number; readonly error: PortableError };
