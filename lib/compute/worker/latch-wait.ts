import { assert } from "@/lib/std/assert";

/** WASI's number of the clock that measures durations; now() and clock_timestamp() come from another. */
const CLOCK_MONOTONIC = 1;
/** `wait_event_info` in `struct PGPROC` (proc.h): the same place in both versions. */
const WAIT_EVENT_OFFSET = 548;
/** The class in its highest byte (wait_classes.h): reads and writes of files, which wait for no latch. */
const WAIT_CLASS_IO = 0x0a;
/** Postgres counts its timeouts in milliseconds; a wait may end this much late. */
const NAP_MS = 1;

type ClockTimeGet = (clock: number, precision: bigint, result: number) => number;

/**
 * Lets the thread sleep while Postgres waits. Both builds have a `poll` that returns at once and reports nothing, so a
 * wait with a timeout (WaitEventSetWait; pg_sleep is one) looks at its latch and at the monotonic clock in turns until
 * the time has come. Postgres says in its process's entry what it waits for, and whoever reads this clock meanwhile is that
 * loop: so the clock is where the thread naps, until somebody sets the latch.
 */
export class LatchWait {
  /** What WebAssembly is to be instantiated with. */
  readonly imports: WebAssembly.Imports;
  readonly #memory: WebAssembly.Memory;
  readonly #base: number;
  #heap: Int32Array;
  /** Where `MyProc` and `MyLatch` lie, which Postgres sets when it begins. */
  #process = 0;
  #latch = 0;

  constructor(imports: WebAssembly.Imports) {
    const { env, wasi_snapshot_preview1: wasi } = imports;
    assert(env?.memory instanceof WebAssembly.Memory && wasi, "the build does not import its memory");
    this.#memory = env.memory;
    this.#heap = new Int32Array(this.#memory.buffer);
    this.#base = env.__memory_base instanceof WebAssembly.Global ? Number(env.__memory_base.value) : 0;
    const readClock = wasi.clock_time_get as ClockTimeGet;
    const clock_time_get: ClockTimeGet = (clock, precision, result) => {
      if (clock === CLOCK_MONOTONIC) this.#nap();
      return readClock(clock, precision, result);
    };
    this.imports = { ...imports, wasi_snapshot_preview1: { ...wasi, clock_time_get } };
  }

  attach({ exports: { MyProc, MyLatch } }: WebAssembly.Instance): void {
    assert(MyProc instanceof WebAssembly.Global && MyLatch instanceof WebAssembly.Global, "the build shows no latch");
    this.#process = this.#base + Number(MyProc.value);
    this.#latch = this.#base + Number(MyLatch.value);
  }

  #nap(): void {
    const process = this.#process && this.#word(this.#process);
    const event = process && this.#word(process + WAIT_EVENT_OFFSET);
    if (event === 0 || event >> 24 === WAIT_CLASS_IO) return;
    Atomics.wait(this.#heap, this.#word(this.#latch) >> 2, 0, NAP_MS);
  }

  #word(address: number): number {
    // A view ends where the memory ended when it was made.
    if (address >= this.#heap.byteLength) this.#heap = new Int32Array(this.#memory.buffer);
    return this.#heap[address >> 2] as number;
  }
}
