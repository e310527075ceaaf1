import type { CommitPoint } from "@/lib/blocks";
import type { ImageId } from "@/lib/schemas/image";
import type { LedgerRow } from "./ledger";

/** What a process that will be killed says on its standard output, a line of JSON each: before it does something, and after. */
export type Said =
  | { readonly say: "opened" }
  /** The last transaction that Postgres has after its start, and the commit that this was seen at. */
  | { readonly say: "found"; readonly volumeId: string; readonly n: number; readonly head: CommitPoint }
  | { readonly say: "try"; readonly volumeId: string; readonly row: LedgerRow }
  | { readonly say: "done"; readonly volumeId: string; readonly row: LedgerRow; readonly commit: CommitPoint }
  | { readonly say: "try-fork"; readonly volumeId: string; readonly sourceId: string }
  | { readonly say: "forked"; readonly volumeId: string; readonly sourceId: string; readonly base: CommitPoint }
  | { readonly say: "left-window"; readonly volumeId: string }
  | { readonly say: "try-delete"; readonly volumeId: string }
  | { readonly say: "deleted"; readonly volumeId: string }
  | { readonly say: "try-snapshot"; readonly volumeId: string; readonly snapshotId: string }
  | { readonly say: "snapshot"; readonly volumeId: string; readonly snapshotId: string; readonly commit: number }
  | { readonly say: "try-drop"; readonly volumeId: string; readonly snapshotId: string }
  | { readonly say: "dropped"; readonly volumeId: string; readonly snapshotId: string }
  /** Upkeep that was asked for; only to see that kills meet it. */
  | { readonly say: "collecting" | "collected" };

/** What it is told to begin with. */
export interface VictimTask {
  readonly bundleDir: string;
  readonly dir: string;
  readonly seed: number;
  /** Those that are written to first. */
  readonly lines: readonly {
    readonly volumeId: string;
    readonly imageId: ImageId;
    readonly snapshots: readonly string[];
  }[];
  readonly written: number;
  /** Kills itself so long after it has said this so many times: asked for and answered lie closer than two processes can act. */
  readonly end?: { readonly say: Said["say"]; readonly times: number; readonly afterMs: number };
}
