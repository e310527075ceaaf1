/** Where Postgres keeps what its signal handler for a cancel would set, for a thread that has no signals to send. */
export interface CancelFlags {
  readonly memory: SharedArrayBuffer;
  /** The two flags that CHECK_FOR_INTERRUPTS looks at. */
  readonly interruptPending: number;
  readonly queryCancelPending: number;
  /** `is_set` of the latch that Postgres waits for when it waits at all, in pg_sleep say. */
  readonly latch: number;
}

/** What Postgres's own StatementCancelHandler does, in its order: who is woken by the latch must find the flags. */
export function raiseCancel({ memory, interruptPending, queryCancelPending, latch }: CancelFlags): void {
  for (const address of [queryCancelPending, interruptPending, latch])
    Atomics.store(new Int32Array(memory, address, 1), 0, 1);
  Atomics.notify(new Int32Array(memory, latch, 1), 0);
}
