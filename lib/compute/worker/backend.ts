import { assert } from "@/lib/std/assert";
import { raiseCancel } from "../cancel-flags";
import type { WorkerEnd } from "../channel";
import type { TurnFlavor } from "../images";
import type { EmModule } from "./emscripten";
import type { QueryResult } from "./internal-query";
import { decodeResult, encodeClose, encodeQuery } from "./internal-query";
import type { TransactionStatus } from "./message-tracker";
import { MessageTracker } from "./message-tracker";
import type { Native } from "./native";

/** What one build throws where Postgres jumps to its main loop after an error (pglitec.c, POSTGRES_MAIN_LONGJMP). */
const MAIN_LONGJMP_STATUS = 100;
const HEADER_BYTES = 5;
/** pqcomm.c, PQ_SEND_BUFFER_SIZE: Postgres hands over that much when its buffer is full, and less when it flushes. */
const SEND_BUFFER_BYTES = 8192;
// Larger than a ring of output makes sense of; smaller, and a long answer is many small copies.
const OUTPUT_BYTES = 64 << 10;

export interface BackendOptions {
  readonly module: EmModule;
  readonly native: Native;
  readonly channel: WorkerEnd;
  readonly flavor: TurnFlavor;
  /** Makes durable what was written so far, if anything must be, before bytes leave. Throws when it cannot. */
  beforeOutput(): void;
  /** Called inside a turn that waits for its client, when the host asks for something; may throw to end the worker. */
  onInterrupted(): void;
}

/** Bytes of a statement of the host's own, and what Postgres answered. */
interface Internal {
  input: Buffer;
  readonly output: Uint8Array[];
  onOutput: (() => void) | undefined;
}

/**
 * Postgres as a function of bytes: a turn consumes what the client sent, and what Postgres says in it goes to the host.
 * Nothing leaves before `beforeOutput` has returned.
 */
export class Backend {
  readonly #options: BackendOptions;
  readonly #tracker = new MessageTracker();
  readonly #output = new Uint8Array(OUTPUT_BYTES);
  #outputBytes = 0;
  #saidBytes = 0;
  #owesEnd = false;
  #internal: Internal | undefined;

  constructor(options: BackendOptions) {
    this.#options = options;
    const { module, flavor } = options;
    const read = module.addFunction((address, max) => this.#read(address, max), "iii");
    const write = module.addFunction((address, length) => this.#write(address, length), "iii");
    if (flavor === "main-loop") module._pgl_set_rw_cbs?.(read, write);
    else module._set_read_write_cbs?.(read, write);
  }

  /** Undefined while a query is unfinished: the client has not sent its end, or not its Sync. */
  get status(): TransactionStatus | undefined {
    return this.#tracker.status;
  }

  /** Bytes that Postgres has said to clients since it started. */
  get saidBytes(): number {
    return this.#saidBytes;
  }

  /** A transaction was committed, and no ReadyForQuery has been said since: its client may not have been told. */
  get owesEnd(): boolean {
    return this.#owesEnd;
  }

  /** Postgres has committed a transaction; to be called before it answers. */
  onTransaction(): void {
    this.#owesEnd = true;
  }

  get hasInput(): boolean {
    return this.#options.channel.available() > 0;
  }

  /** Runs until all that the client sent is used up, and hands everything over that Postgres said. */
  turn(): void {
    this.#run();
    this.#handOver();
  }

  /** Runs one statement of the host's own. To be called between turns, while no query is unfinished. */
  query(sql: string, onOutput?: () => void): QueryResult {
    const result = decodeResult(this.#exchange(encodeQuery(sql), onOutput));
    if (result.error) this.#exchange(encodeClose());
    return result;
  }

  /** Runs a turn on `input` and answers what Postgres said. */
  #exchange(input: Buffer, onOutput?: () => void): Uint8Array {
    const internal: Internal = { input, output: [], onOutput };
    this.#internal = internal;
    this.#run();
    this.#internal = undefined;
    const output = Buffer.concat(internal.output);
    this.#tracker.feed(output);
    return output;
  }

  #run(): void {
    this.#options.native.resetInterrupts();
    if (this.#options.flavor === "main-loop") this.#runMainLoop();
    else this.#runInteractive();
  }

  #runMainLoop(): void {
    const { module, native } = this.#options;
    while (this.#available > 0 || (module._pq_buffer_remaining_data?.() ?? 0) > 0) {
      const stackTop = native.stackTop;
      try {
        module._PostgresMainLoopOnce?.();
      } catch (error) {
        if ((error as { status?: number }).status !== MAIN_LONGJMP_STATUS) throw error;
        native.stackTop = stackTop;
        module._PostgresMainLongJmp?.();
      }
    }
    module._PostgresSendReadyForQueryIfNecessary?.();
    module._pgl_pq_flush?.();
  }

  /** This build is handed the first message by length and type; it reads that and further ones through the callback. */
  #runInteractive(): void {
    while (this.#available >= HEADER_BYTES) {
      const length = [1, 2, 3, 4].reduce((value, offset) => (value << 8) | this.#byteAt(offset), 0);
      this.#options.module._interactive_one?.(1 + length, this.#byteAt(0));
    }
  }

  get #available(): number {
    return this.#internal ? this.#internal.input.length : this.#options.channel.available();
  }

  #byteAt(offset: number): number {
    return this.#internal ? (this.#internal.input[offset] as number) : this.#options.channel.byteAt(offset);
  }

  #read(address: number, max: number): number {
    const target = this.#options.module.HEAPU8.subarray(address, address + max);
    if (this.#internal) {
      const count = this.#internal.input.copy(target);
      this.#internal.input = this.#internal.input.subarray(count);
      return count;
    }
    this.#waitForInput();
    this.#tracker.onInput();
    return this.#options.channel.read(target);
  }

  /** Postgres is in the middle of a message or of COPY and cannot go on. */
  #waitForInput(): void {
    const { channel, onInterrupted } = this.#options;
    for (;;) {
      const ticket = channel.ticket();
      if (channel.available() > 0) return;
      this.#handOver();
      onInterrupted();
      channel.sleep(ticket, Number.POSITIVE_INFINITY);
    }
  }

  #write(address: number, length: number): number {
    const bytes = this.#options.module.HEAPU8.subarray(address, address + length);
    if (this.#internal) {
      this.#internal.output.push(bytes.slice());
      this.#internal.onOutput?.();
      return length;
    }
    this.#tracker.feed(bytes);
    this.#saidBytes += length;
    if (this.status !== undefined) this.#owesEnd = false;
    for (let rest = bytes; rest.length > 0; ) {
      if (this.#outputBytes === OUTPUT_BYTES) this.#handOver();
      const part = rest.subarray(0, OUTPUT_BYTES - this.#outputBytes);
      this.#output.set(part, this.#outputBytes);
      this.#outputBytes += part.length;
      rest = rest.subarray(part.length);
    }
    // Postgres flushes what a client should see at once, a notice say; a buffer that was full says nothing of the kind.
    // Behind ReadyForQuery the next statement of a pipeline may follow, and they share a commit.
    if (length < SEND_BUFFER_BYTES && this.status === undefined) this.#handOver();
    return length;
  }

  #handOver(): void {
    this.#options.beforeOutput();
    if (this.#outputBytes === 0) return;
    this.#options.channel.write(this.#output.subarray(0, this.#outputBytes));
    this.#outputBytes = 0;
  }
}

/** The statement that a self-test of cancel runs: it loops, and says enough for its output to come back in several parts. */
const CANCEL_TEST_SQL = "SELECT pg_catalog.repeat('x', 1000) FROM pg_catalog.generate_series(1, 1000)";

/** Proves that the flags lie where the host will write them: a wrong address would be a cancel that silently never comes. */
export function proveCancel(backend: Backend, native: Native): void {
  const flags = native.cancelFlags();
  const result = backend.query(CANCEL_TEST_SQL, () => raiseCancel(flags));
  assert(result.error?.code === "57014", "the test cancel at start did not reach Postgres");
}
