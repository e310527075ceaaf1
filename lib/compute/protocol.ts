import type { CommitPoint, WriterTicket } from "@/lib/blocks";
import type { CancelFlags } from "./cancel-flags";
import type { ImageBundle } from "./image-bundle";

/** What a worker is born with. It warms up and then waits for its task, so that one can be kept ready. */
export interface WorkerSetup {
  readonly bundle: ImageBundle;
  readonly channel: SharedArrayBuffer;
  readonly initdb: WebAssembly.Module | undefined;
}

/** The one message from host to worker. */
export interface Task {
  readonly ticket: WriterTicket;
  readonly scratchDir: string;
  readonly work: "serve" | "initialise" | "complete-template";
  /** Parameters of Postgres for this service, over its image's. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface ServeReady {
  readonly kind: "ready";
  readonly cancelFlags: CancelFlags;
  readonly parameters: ReadonlyMap<string, string>;
  /** Settings that differ from what the image asks for. */
  readonly foreignSettings: readonly string[];
}

/** From worker to host. Bytes do not travel here but in the channel; `bell` says that there is something in it. */
export type WorkerMessage =
  | { readonly kind: "warm" }
  | ServeReady
  | { readonly kind: "bell" }
  | { readonly kind: "checkpointed"; readonly ok: boolean }
  | { readonly kind: "flushed"; readonly point: CommitPoint }
  | { readonly kind: "disk-error"; readonly message: string }
  /** The last message of a worker that ended as it was asked to. */
  | { readonly kind: "done" }
  /** The last message of one that did not: nothing was committed since the last answer. */
  | ({ readonly kind: "failed" } & Failure);

export interface Failure {
  /** For a person. */
  readonly sentence: string;
  /** For the log: stack and causes. */
  readonly details: string;
}

export const UNEXPECTED_END = "Postgres ended unexpectedly and goes on from its last commit. Connect again.";
