import { assert } from "@/lib/std/assert";
import type { CancelFlags } from "../cancel-flags";
import type { EmModule } from "./emscripten";

/** 4 MiB: Postgres allows itself 2 MiB (`max_stack_depth`) and one of the builds has 64 KiB, which plpgsql 50 deep overruns. */
const STACK_BYTES = 4 << 20;
const CANARY_BYTES = 4096;
const CANARY = Buffer.alloc(CANARY_BYTES, 0x5a);
/** `wal_bytes` in `struct WalUsage` (instrument.h): after two 64-bit counts, in both versions. */
const WAL_BYTES_OFFSET = 16;
/** guc.h: the context that may set all but what needs a restart, and a source above the command line's. */
const PGC_SIGHUP = 2;
const PGC_S_GLOBAL = 5;
/** globals.c declares eleven flags and then the count, next to each other; one build does not export it. */
const HOLDOFF_AFTER_PENDING = 44;
const CANCEL_AFTER_PENDING = 4;

/** Postgres's own memory, by address: what no exported function offers. */
export class Native {
  readonly #exports: WebAssembly.Exports;
  readonly #stackPointer: WebAssembly.Global;
  readonly #base: number;
  #module: EmModule | undefined;
  // Views that every turn reads are made once: shared memory that grows stays where it is.
  #canary: Buffer = Buffer.alloc(0);
  #walBytes: Uint32Array | undefined;

  constructor(instance: WebAssembly.Instance, imports: WebAssembly.Imports) {
    this.#exports = instance.exports;
    const env = imports.env ?? {};
    // One build is position independent: what it exports counts from the base that the glue gave it.
    this.#base = env.__memory_base instanceof WebAssembly.Global ? Number(env.__memory_base.value) : 0;
    const pointer = instance.exports.__stack_pointer ?? env.__stack_pointer;
    assert(pointer instanceof WebAssembly.Global, "the build does not show its stack pointer");
    this.#stackPointer = pointer;
  }

  /** Before Postgres's main function, which takes the stack's base from here; one build has to be told. */
  relocateStack(module: EmModule, stackBasePointer: number | undefined): void {
    this.#module = module;
    const low = module._malloc(CANARY_BYTES + STACK_BYTES);
    assert(low > 0, "there is no memory for the stack");
    this.#canary = Buffer.from(module.HEAPU8.buffer, low, CANARY_BYTES);
    this.#canary.set(CANARY);
    this.stackTop = (low + CANARY_BYTES + STACK_BYTES) & ~15;
    if (stackBasePointer !== undefined)
      new DataView(module.HEAPU8.buffer).setInt32(this.#base + stackBasePointer, this.stackTop, true);
  }

  /** False after the C stack ran over its end: what lies in memory, and was read from it, cannot be trusted any more. */
  stackIsIntact(): boolean {
    return this.#canary.equals(CANARY);
  }

  get stackTop(): number {
    return Number(this.#stackPointer.value);
  }

  set stackTop(value: number) {
    this.#stackPointer.value = value;
  }

  /** Bytes of WAL that Postgres has inserted since it started, written to its files or not. */
  walBytesInserted(): number {
    this.#walBytes ??= new Uint32Array(this.#heap.buffer, this.#address("pgWalUsage") + WAL_BYTES_OFFSET, 2);
    return (this.#walBytes[1] as number) * 2 ** 32 + (this.#walBytes[0] as number);
  }

  /** Writes the log out up to `position`; a position beyond its end is an error of Postgres, which ends the worker. */
  flushWal(position: bigint): void {
    const flush = this.#exports.XLogFlush;
    assert(typeof flush === "function", "the build does not export XLogFlush");
    flush(position);
  }

  /** Size of a WAL segment in bytes; initdb chose it. */
  get walSegmentBytes(): number {
    return new DataView(this.#heap.buffer).getInt32(this.#address("wal_segment_size"), true);
  }

  /** Sets a parameter as if it had come from outside: RESET comes back to it. */
  setDefault(name: string, value: string): void {
    const set = this.#exports.SetConfigOption;
    assert(typeof set === "function", "the build does not export SetConfigOption");
    set(this.#toCString(name), this.#toCString(value), PGC_SIGHUP, PGC_S_GLOBAL);
  }

  cancelFlags(): CancelFlags {
    const interruptPending = this.#address("InterruptPending");
    const queryCancelPending = this.#findAddress("QueryCancelPending") ?? interruptPending + CANCEL_AFTER_PENDING;
    const latch = new DataView(this.#heap.buffer).getInt32(this.#address("MyLatch"), true);
    return { memory: this.#heap.buffer as SharedArrayBuffer, interruptPending, queryCancelPending, latch };
  }

  /**
   * A cancel that came too late must not hit the next turn, which may be another client's. Nothing holds interrupts off
   * between two turns, yet one build comes out of its start and of every error with the count at 1, and then ignores them.
   */
  resetInterrupts(): void {
    const { interruptPending, queryCancelPending } = this.cancelFlags();
    const holdoff = this.#findAddress("InterruptHoldoffCount") ?? interruptPending + HOLDOFF_AFTER_PENDING;
    for (const address of [queryCancelPending, holdoff])
      Atomics.store(new Int32Array(this.#heap.buffer, address, 1), 0, 0);
  }

  get #heap(): Uint8Array {
    return this.#running.HEAPU8;
  }

  get #running(): EmModule {
    assert(this.#module, "the module is not running yet");
    return this.#module;
  }

  #toCString(text: string): number {
    const bytes = Buffer.from(`${text}\0`);
    const address = this.#running._malloc(bytes.length);
    this.#heap.set(bytes, address);
    return address;
  }

  #address(name: string): number {
    const address = this.#findAddress(name);
    assert(address !== undefined, `the build does not export ${name}`);
    return address;
  }

  #findAddress(name: string): number | undefined {
    const found = this.#exports[name];
    return found instanceof WebAssembly.Global ? Number(found.value) + this.#base : undefined;
  }
}
