import type { Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import type { Clock } from "@/lib/std/clock";

// Last words that a client does not read for so long are not worth a socket.
const LINGER_MS = 5_000;
const KEEP_ALIVE_MS = 60_000;
const ALPN = "postgresql";

/** The socket failed or closed while more was expected. */
export class SocketClosedError extends Error {
  override name = "SocketClosedError";
}

/** A client's socket: plain at first, then TLS; read in exact portions, then as a stream of chunks. */
export class WireSocket {
  /** The peer's IP address, as the operating system tells it. */
  readonly host: string;
  readonly address: string;
  readonly #clock: Clock;
  readonly #closed: Promise<void>;
  #socket: Socket;
  #fault: Error | undefined;
  #drained: Promise<void> | undefined;
  #wake = () => {};
  // One listener for good: a new one is called at once while anything is buffered, and waiting for the rest of a message
  // by adding listeners would keep the process busy with a client that sends a single byte.
  readonly #onReadable = () => this.#wake();

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.host = socket.remoteAddress ?? "";
    this.address = `${this.host}:${socket.remotePort}`;
    this.#closed = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.setNoDelay(true);
    // Finds out about peers that vanished without a word.
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#listen(socket);
  }

  /** Resolves when the connection is gone. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** Bytes that were received and not read. */
  get unreadBytes(): number {
    return this.#socket.readableLength;
  }

  /** Exactly so many bytes; rejects when the peer hangs up before. */
  async read(count: number): Promise<Buffer> {
    for (;;) {
      const bytes = this.#socket.read(count) as Buffer | null;
      if (bytes?.length === count) return bytes;
      if (this.#fault || this.#socket.destroyed || this.#socket.readableEnded)
        throw new SocketClosedError("the client hung up", { cause: this.#fault });
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Starts TLS as the server. `replay` was read already and belongs to the client's hello, which then came unasked. */
  async startTls(secureContext: SecureContext, replay: Buffer): Promise<void> {
    const plain = this.#socket;
    if (replay.length > 0) plain.unshift(replay);
    plain.off("readable", this.#onReadable);
    const secure = new TLSSocket(plain, { isServer: true, secureContext, ALPNProtocols: [ALPN] });
    this.#socket = secure;
    this.#listen(secure);
    secure.once("_tlsError", (error: Error) => {
      this.#fault ??= error;
    });
    await new Promise<void>((resolve, reject) => {
      secure.once("secure", resolve);
      secure.once("close", () => reject(new SocketClosedError("no TLS was agreed on", { cause: this.#fault })));
    });
    if (replay.length > 0 && secure.alpnProtocol !== ALPN)
      throw new SocketClosedError("direct TLS without the postgresql protocol");
  }

  /** Sends bytes; a promise when the peer reads slower than they come. */
  send(bytes: Buffer): Promise<void> | undefined {
    if (this.#socket.destroyed || this.#socket.writableEnded) return undefined;
    if (this.#socket.write(bytes)) return undefined;
    this.#drained ??= this.#untilDrained();
    return this.#drained;
  }

  async #untilDrained(): Promise<void> {
    await Promise.race([new Promise<void>((resolve) => this.#socket.once("drain", resolve)), this.#closed]);
    this.#drained = undefined;
  }

  /** From now on every chunk goes to `receive`; `onEnd` is called when the peer has hung up. */
  stream(receive: (chunk: Buffer) => void, onEnd: () => void): void {
    this.#socket.off("readable", this.#onReadable);
    this.#socket.on("data", receive);
    this.#socket.resume();
    this.#socket.once("end", onEnd);
    this.#closed.then(onEnd);
  }

  setPaused(isPaused: boolean): void {
    if (this.#socket.isPaused() === isPaused) return;
    if (isPaused) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Sends last bytes, if any, and closes. Resolves when they were handed to the network, or the peer does not take them. */
  async hangUp(lastBytes?: Buffer): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed) return;
    const sent = new Promise<void>((resolve) => socket.once("finish", resolve));
    socket.end(lastBytes ?? Buffer.alloc(0));
    // What the peer still sends is read and forgotten, or closing would reset the connection and lose the last bytes.
    socket.resume();
    const cancelTimer = this.#clock.after(LINGER_MS, () => socket.destroy());
    this.#closed.then(cancelTimer);
    await Promise.race([sent, this.#closed]);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    socket.on("error", (error) => {
      this.#fault ??= error;
    });
    for (const event of ["readable", "end", "close"]) socket.on(event, this.#onReadable);
  }
}
