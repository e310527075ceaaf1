import type { Moment } from "./moment";

/**
 * The shared memory between the engine's main thread (the host) and one compute's worker: a few control words, a ring of
 * bytes to Postgres, a ring of bytes from it, and one of moments. The worker is blocked most of its life, in WebAssembly or in
 * `Atomics.wait` on WAKE; the host never blocks and is woken by a message, the bell.
 *
 * Every counter is written by one side only and grows for ever, wrapping at 2^32.
 */

/** The worker waits on this word; the host bumps it whenever there is something new to look at. */
const WAKE = 0;
const INPUT_WRITTEN = 1;
const INPUT_READ = 2;
const OUTPUT_WRITTEN = 3;
const OUTPUT_READ = 4;
/** 1 while a bell is under way: further ones would say nothing new. */
const BELL_RUNG = 5;
/** 1 when the host waits for room in the input ring. */
const HOST_WAITS = 6;
/** 1 when the worker waits for room in the output ring. */
const WORKER_WAITS = 7;
/** Bits of `Request` that the host set and the worker has not taken yet. */
const REQUESTS = 8;
/** WAL since the last checkpoint, in KiB, written by the worker after each turn. */
const PENDING_WAL_KIB = 9;
const MOMENTS_WRITTEN = 10;
const MOMENTS_READ = 11;
const CONTROL_WORDS = 16;
const CONTROL_BYTES = CONTROL_WORDS * 4;

// COPY through rings of this size runs as fast as through larger ones; a compute should be small when idle.
export const RING_BYTES = 256 << 10;

export const Request = { checkpoint: 1, flush: 2, stop: 4, refresh: 8 } as const;
export type RequestKind = keyof typeof Request;

/** Far more than come between two looks of the host; when it is full the worker waits, as it does for output. */
const MOMENT_PLACES = 256;
const MOMENT_NUMBERS = 5;
const MOMENTS_AT = CONTROL_BYTES + 2 * RING_BYTES;
const NO_MOMENTS: readonly Moment[] = [];

export const createChannel = (): SharedArrayBuffer =>
  new SharedArrayBuffer(MOMENTS_AT + MOMENT_PLACES * MOMENT_NUMBERS * 8);

interface Ring {
  readonly bytes: Uint8Array;
  readonly written: number;
  readonly read: number;
}

/** What both ends do with the control words. */
class Channel {
  protected readonly words: Int32Array;
  protected readonly input: Ring;
  protected readonly output: Ring;
  protected readonly moments: Float64Array;

  constructor(shared: SharedArrayBuffer) {
    this.words = new Int32Array(shared, 0, CONTROL_WORDS);
    this.input = { bytes: new Uint8Array(shared, CONTROL_BYTES, RING_BYTES), written: INPUT_WRITTEN, read: INPUT_READ };
    this.output = {
      bytes: new Uint8Array(shared, CONTROL_BYTES + RING_BYTES, RING_BYTES),
      written: OUTPUT_WRITTEN,
      read: OUTPUT_READ,
    };
    this.moments = new Float64Array(shared, MOMENTS_AT, MOMENT_PLACES * MOMENT_NUMBERS);
  }

  protected get untoldMoments(): number {
    return (Atomics.load(this.words, MOMENTS_WRITTEN) - Atomics.load(this.words, MOMENTS_READ)) | 0;
  }

  protected used(ring: Ring): number {
    return (Atomics.load(this.words, ring.written) - Atomics.load(this.words, ring.read)) | 0;
  }

  /** Copies in as many bytes as fit; how many. */
  protected push(ring: Ring, source: Uint8Array): number {
    const count = Math.min(source.length, RING_BYTES - this.used(ring));
    const at = (Atomics.load(this.words, ring.written) >>> 0) % RING_BYTES;
    const first = Math.min(count, RING_BYTES - at);
    ring.bytes.set(source.subarray(0, first), at);
    if (count > first) ring.bytes.set(source.subarray(first, count), 0);
    Atomics.add(this.words, ring.written, count);
    return count;
  }

  /** Copies out as many bytes as there are and as fit; how many. */
  protected pull(ring: Ring, target: Uint8Array): number {
    const count = Math.min(target.length, this.used(ring));
    const at = (Atomics.load(this.words, ring.read) >>> 0) % RING_BYTES;
    const first = Math.min(count, RING_BYTES - at);
    target.set(ring.bytes.subarray(at, at + first));
    if (count > first) target.set(ring.bytes.subarray(0, count - first), first);
    Atomics.add(this.words, ring.read, count);
    return count;
  }
}

export class HostEnd extends Channel {
  /** As much of `bytes` as fits now; how much. When it is not all, a bell follows as soon as there is room. */
  offer(bytes: Uint8Array): number {
    let count = this.push(this.input, bytes);
    if (count < bytes.length) {
      Atomics.store(this.words, HOST_WAITS, 1);
      count += this.push(this.input, bytes.subarray(count)); // the worker may have read before it could see the flag
    }
    this.#wake();
    return count;
  }

  /** All output that is there now, as a copy of its own. Room is made only by `consumed`. */
  peekOutput(): Buffer {
    const count = this.used(this.output);
    const at = (Atomics.load(this.words, OUTPUT_READ) >>> 0) % RING_BYTES;
    const first = Math.min(count, RING_BYTES - at);
    const copy = Buffer.allocUnsafe(count);
    copy.set(this.output.bytes.subarray(at, at + first));
    if (count > first) copy.set(this.output.bytes.subarray(0, count - first), first);
    return copy;
  }

  consumed(count: number): void {
    Atomics.add(this.words, OUTPUT_READ, count);
    if (Atomics.exchange(this.words, WORKER_WAITS, 0)) this.#wake();
  }

  /** Moments since the last call. To be read after `peekOutput`: those of that output are among them. */
  takeMoments(): readonly Moment[] {
    const count = this.untoldMoments;
    if (count === 0) return NO_MOMENTS;
    const first = Atomics.load(this.words, MOMENTS_READ) >>> 0;
    const taken = Array.from({ length: count }, (_, index) => this.#readMoment((first + index) % MOMENT_PLACES));
    Atomics.add(this.words, MOMENTS_READ, count);
    if (Atomics.exchange(this.words, WORKER_WAITS, 0)) this.#wake();
    return taken;
  }

  #readMoment(place: number): Moment {
    const at = place * MOMENT_NUMBERS;
    const [fromBytes = 0, outputBytes = 0, isOpen = 0, commit = 0, micros = 0] = this.moments.subarray(
      at,
      at + MOMENT_NUMBERS,
    );
    return { fromBytes, outputBytes, isOpen: isOpen === 1, commit, micros };
  }

  /** To be called first when a bell arrives: what happens from now on rings again. */
  hearBell(): void {
    Atomics.store(this.words, BELL_RUNG, 0);
  }

  request(kind: RequestKind): void {
    Atomics.or(this.words, REQUESTS, Request[kind]);
    this.#wake();
  }

  pendingWalBytes(): number {
    return Atomics.load(this.words, PENDING_WAL_KIB) * 1024;
  }

  #wake(): void {
    Atomics.add(this.words, WAKE, 1);
    Atomics.notify(this.words, WAKE);
  }
}

export class WorkerEnd extends Channel {
  readonly #ring: () => void;

  constructor(shared: SharedArrayBuffer, ringBell: () => void) {
    super(shared);
    this.#ring = ringBell;
  }

  /** To be taken before looking whether there is something to do; then nothing that happens after can be slept through. */
  ticket(): number {
    return Atomics.load(this.words, WAKE);
  }

  /** Sleeps until something happened since `ticket`; false when `timeoutMs` passed first. */
  sleep(ticket: number, timeoutMs: number): boolean {
    return Atomics.wait(this.words, WAKE, ticket, timeoutMs) !== "timed-out";
  }

  available(): number {
    return this.used(this.input);
  }

  byteAt(offset: number): number {
    return this.input.bytes[((Atomics.load(this.words, INPUT_READ) >>> 0) + offset) % RING_BYTES] as number;
  }

  read(target: Uint8Array): number {
    const count = this.pull(this.input, target);
    if (Atomics.exchange(this.words, HOST_WAITS, 0)) this.ring();
    return count;
  }

  /** Hands all bytes to the host, blocking while it does not take them. */
  write(bytes: Uint8Array): void {
    for (let rest = bytes; ; ) {
      const ticket = this.ticket();
      rest = rest.subarray(this.push(this.output, rest));
      this.ring();
      if (rest.length === 0) return;
      Atomics.store(this.words, WORKER_WAITS, 1);
      if (this.used(this.output) === RING_BYTES) this.sleep(ticket, Number.POSITIVE_INFINITY);
    }
  }

  /** To be called before the output that it speaks of is written, which rings; without any, `ring`. */
  tellMoment({ fromBytes, outputBytes, isOpen, commit, micros }: Moment): void {
    while (this.untoldMoments === MOMENT_PLACES) this.#waitForPlace();
    const at = ((Atomics.load(this.words, MOMENTS_WRITTEN) >>> 0) % MOMENT_PLACES) * MOMENT_NUMBERS;
    this.moments.set([fromBytes, outputBytes, isOpen ? 1 : 0, commit, micros], at);
    Atomics.add(this.words, MOMENTS_WRITTEN, 1);
  }

  #waitForPlace(): void {
    const ticket = this.ticket();
    Atomics.store(this.words, WORKER_WAITS, 1);
    this.ring();
    if (this.untoldMoments === MOMENT_PLACES) this.sleep(ticket, Number.POSITIVE_INFINITY);
  }

  /** Lets the host look. */
  ring(): void {
    if (Atomics.exchange(this.words, BELL_RUNG, 1) === 0) this.#ring();
  }

  requested(kind: RequestKind): boolean {
    return (Atomics.load(this.words, REQUESTS) & Request[kind]) !== 0;
  }

  takeRequest(kind: RequestKind): boolean {
    return (Atomics.and(this.words, REQUESTS, ~Request[kind]) & Request[kind]) !== 0;
  }

  publishPendingWal(bytes: number): void {
    Atomics.store(this.words, PENDING_WAL_KIB, Math.min(Math.ceil(bytes / 1024), 0x7fff_ffff));
  }
}
