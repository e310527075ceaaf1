import { assert } from "@/lib/std/assert";
import type { EmModule } from "./emscripten";

/** `XACT_EVENT_COMMIT` and `XACT_EVENT_ABORT` in `XactEvent` (xact.h). */
const COMMITTED = 0;
const ABORTED = 2;
/** `xactCompletionCount` in `struct TransamVariablesData` (transam.h): the same place in both versions. */
const COMPLETION_COUNT_OFFSET = 56;

/**
 * Tells of each transaction that Postgres commits, when its commit record is in the log and nothing was answered yet. One
 * that changed nothing has no transaction id, and is not told of.
 */
export class TransactionHook {
  readonly #register: (callback: number, argument: number) => void;
  readonly #variables: number;
  #heap: Int32Array | undefined;
  #completed = 0;

  constructor(
    { exports: { RegisterXactCallback, TransamVariables } }: WebAssembly.Instance,
    imports: WebAssembly.Imports,
  ) {
    assert(typeof RegisterXactCallback === "function", "the build does not export RegisterXactCallback");
    assert(TransamVariables instanceof WebAssembly.Global, "the build does not export TransamVariables");
    this.#register = RegisterXactCallback as (callback: number, argument: number) => void;
    const base = imports.env?.__memory_base;
    this.#variables = Number(TransamVariables.value) + (base instanceof WebAssembly.Global ? Number(base.value) : 0);
  }

  /** From now on: what starting Postgres has committed is no client's. */
  attach(module: EmModule, onCommitted: () => void): void {
    this.#heap = new Int32Array(module.HEAPU8.buffer);
    this.#completed = this.#countCompleted();
    const onEvent = (event: number) => {
      if (event !== COMMITTED && event !== ABORTED) return;
      const completed = this.#countCompleted();
      const hadId = completed !== this.#completed;
      this.#completed = completed;
      if (hadId && event === COMMITTED) onCommitted();
    };
    this.#register(module.addFunction(onEvent, "vii"), 0);
  }

  /** Transactions with an id that have ended; its lower half tells two neighbours apart. */
  #countCompleted(): number {
    const heap = this.#heap as Int32Array;
    // The structure was allocated at the start, and memory that grows stays where it is.
    return heap[((heap[this.#variables >> 2] as number) + COMPLETION_COUNT_OFFSET) >> 2] as number;
  }
}
