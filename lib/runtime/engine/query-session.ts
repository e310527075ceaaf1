import type { Compute } from "@/lib/compute";
import { AppError } from "@/lib/std/app-error";

type Row = (string | null)[];

const HEADER_BYTES = 5;

/** The engine's own questions to a compute that no gateway serves: one statement at a time, answers as text. */
export class QuerySession {
  readonly #compute: Compute;
  #chunks: Buffer[] = [];
  #rows: Row[] = [];
  #error: AppError | undefined;
  #waiting: { resolve(rows: Row[]): void; reject(error: Error): void } | undefined;

  constructor(compute: Compute) {
    this.#compute = compute;
    compute.onOutput((bytes) => this.#receive(Buffer.from(bytes)));
    void compute.exited.then(({ message }) => this.#waiting?.reject(new AppError("INTERNAL", message)));
  }

  /** The rows of a statement; rejects with Postgres's own words, and when it ends before it has answered. */
  async query(sql: string): Promise<Row[]> {
    const answer = new Promise<Row[]>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    // Whatever is thrown here was not asked.
    await Promise.all([this.#compute.write(encodeQuery(sql)), answer]);
    return answer;
  }

  /** Messages may come in any pieces; what is not whole yet waits for the rest. */
  #receive(bytes: Buffer): void {
    this.#chunks.push(bytes);
    const [first] = this.#chunks;
    const known = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    // Joined only once something can be read: a row of megabytes comes in thousands of pieces.
    if (first && first.length >= HEADER_BYTES && known < 1 + first.readInt32BE(1)) return;
    const all = Buffer.concat(this.#chunks);
    let at = 0;
    while (all.length - at >= HEADER_BYTES) {
      const end = at + 1 + all.readInt32BE(at + 1);
      if (end > all.length) break;
      this.#take(String.fromCharCode(all[at] ?? 0), all.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    this.#chunks = at < all.length ? [all.subarray(at)] : [];
  }

  #take(type: string, body: Buffer): void {
    if (type === "D") this.#rows.push(toRow(body));
    if (type === "E") this.#error ??= new AppError("INTERNAL", `Postgres refused to answer: ${findMessage(body)}`);
    if (type !== "Z") return;
    const [rows, error, waiting] = [this.#rows, this.#error, this.#waiting];
    this.#rows = [];
    this.#error = undefined;
    this.#waiting = undefined;
    if (error) waiting?.reject(error);
    else waiting?.resolve(rows);
  }
}

function encodeQuery(sql: string): Buffer {
  const body = Buffer.from(`${sql}\0`);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write("Q", "latin1");
  header.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([header, body]);
}

function toRow(body: Buffer): Row {
  const row: Row = [];
  for (let at = 2, count = body.readInt16BE(0); count > 0; count--) {
    const length = body.readInt32BE(at);
    row.push(length < 0 ? null : body.toString("utf8", at + 4, at + 4 + length));
    at += 4 + Math.max(0, length);
  }
  return row;
}

const findMessage = (body: Buffer): string =>
  body
    .toString("utf8")
    .split("\0")
    .find((field) => field.startsWith("M"))
    ?.slice(1) ?? "no reason was given.";
