import type { Compute } from "@/lib/compute";

interface Message {
  readonly type: string;
  readonly body: Buffer;
}

export interface SqlResult {
  readonly rows: (string | null)[][];
  /** Tags of CommandComplete, such as `INSERT 0 1`. */
  readonly tags: string[];
  /** SQLSTATE and message of the first error. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** `I`, `T` or `E`. */
  readonly status: string;
}

/** Speaks the wire protocol to a compute, without socket and login: one question at a time. */
export class BackendClient {
  readonly #compute: Compute;
  #pending: Buffer = Buffer.alloc(0);
  readonly #received: Message[] = [];
  #waiting: (() => void)[] = [];
  #exit: string | undefined;

  constructor(compute: Compute) {
    this.#compute = compute;
    compute.onOutput((bytes) => this.#receive(Buffer.from(bytes)));
    void compute.exited.then(({ message }) => {
      this.#exit = message;
      this.#wake();
    });
  }

  /** Runs a simple query; a failed one is an exception. */
  async query(sql: string): Promise<(string | null)[][]> {
    const { rows, error } = await this.run(sql);
    if (error) throw new Error(`${error.code} ${error.message} (${sql})`);
    return rows;
  }

  /** Runs a simple query and answers all that Postgres said. */
  run(sql: string): Promise<SqlResult> {
    return this.exchange(encode("Q", text(sql)));
  }

  /** Sends bytes and collects what comes up to ReadyForQuery. */
  async exchange(bytes: Uint8Array): Promise<SqlResult> {
    await this.send(bytes);
    return toResult(await this.until("Z"));
  }

  async send(bytes: Uint8Array): Promise<void> {
    await this.#compute.write(bytes);
  }

  /** All messages up to and with the first of a type; rejects when the compute ends before. */
  async until(type: string): Promise<Message[]> {
    for (;;) {
      const at = this.#received.findIndex((message) => message.type === type);
      if (at >= 0) return this.#received.splice(0, at + 1);
      if (this.#exit !== undefined) throw new Error(this.#exit);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  #receive(bytes: Buffer): void {
    this.#pending = this.#pending.length ? Buffer.concat([this.#pending, bytes]) : bytes;
    let at = 0;
    while (this.#pending.length - at >= 5) {
      const end = at + 1 + this.#pending.readInt32BE(at + 1);
      if (end > this.#pending.length) break;
      const type = String.fromCharCode(this.#pending[at] as number);
      this.#received.push({ type, body: this.#pending.subarray(at + 5, end) });
      at = end;
    }
    this.#pending = this.#pending.subarray(at);
    this.#wake();
  }
}

/** A frontend message. */
export function encode(type: string, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(5);
  header.write(type, "latin1");
  header.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([header, body]);
}

export const text = (value: string): Buffer => Buffer.from(`${value}\0`);

function toResult(messages: readonly Message[]): SqlResult {
  const of = (type: string) => messages.filter((message) => message.type === type).map(({ body }) => body);
  return {
    rows: of("D").map(toRow),
    tags: of("C").map((body) => body.toString("utf8", 0, body.length - 1)),
    error: of("E").map(toError)[0],
    status: of("Z").map(String)[0] ?? "",
  };
}

function toRow(body: Buffer): (string | null)[] {
  const row: (string | null)[] = [];
  for (let at = 2, count = body.readInt16BE(0); count > 0; count--) {
    const length = body.readInt32BE(at);
    row.push(length < 0 ? null : body.toString("utf8", at + 4, at + 4 + length));
    at += 4 + Math.max(0, length);
  }
  return row;
}

function toError(body: Buffer): { code: string; message: string } {
  const fields = body.toString("utf8").split("\0");
  const field = (type: string) => fields.find((value) => value.startsWith(type))?.slice(1) ?? "";
  return { code: field("C"), message: field("M") };
}
