import type { CommitPoint } from "@/lib/blocks";
import type { WorkerEnd } from "../channel";
import type { Backend } from "./backend";

/** Tells the host which part of the output speaks of which commit, always before that part leaves. */
export class Moments {
  readonly #channel: WorkerEnd;
  readonly #backend: Pick<Backend, "saidBytes" | "owesEnd">;
  /** What had been said when the first transaction was committed that no commit carries yet. */
  #fromBytes: number | undefined;
  #isPromiseTold = false;

  constructor(channel: WorkerEnd, backend: Pick<Backend, "saidBytes" | "owesEnd">) {
    this.#channel = channel;
    this.#backend = backend;
  }

  onTransaction(): void {
    this.#fromBytes ??= this.#backend.saidBytes;
    this.#isPromiseTold = false;
  }

  /** The volume has made a commit that carries all transactions up to now. */
  onCommit(point: CommitPoint): void {
    this.#tell(point);
    this.#fromBytes = undefined;
  }

  /** Output is about to leave that speaks of transactions which no commit carries yet. */
  onPromise(): void {
    if (!this.#isPromiseTold) this.#tell({ commit: 0, micros: 0 });
    this.#isPromiseTold = true;
  }

  #tell(point: CommitPoint): void {
    const { saidBytes, owesEnd } = this.#backend;
    const fromBytes = this.#fromBytes ?? saidBytes;
    this.#channel.tellMoment({ ...point, fromBytes, outputBytes: saidBytes, isOpen: owesEnd });
  }
}
