/**
 * Statements of the host's own, between two turns of clients. They go through the extended protocol with a named
 * statement and portal, so that a client's unnamed ones survive.
 */
const NAME = "offshoot_internal";

export interface QueryResult {
  /** Columns of the first row, as text. */
  readonly row: readonly (string | null)[];
  /** SQLSTATE and message when Postgres refused. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

export function encodeQuery(sql: string): Buffer {
  return Buffer.concat([
    message("P", text(NAME), text(sql), int16(0)),
    message("B", text(NAME), text(NAME), int16(0), int16(0), int16(0)),
    message("E", text(NAME), int32(0)),
    encodeClose(),
  ]);
}

/** Takes the names back; after an error Postgres has skipped that part. */
export const encodeClose = (): Buffer =>
  Buffer.concat([message("C", Buffer.from("P"), text(NAME)), message("C", Buffer.from("S"), text(NAME)), message("S")]);

export function decodeResult(output: Uint8Array): QueryResult {
  let row: (string | null)[] | undefined;
  let error: QueryResult["error"];
  for (const { type, body } of readMessages(Buffer.from(output.buffer, output.byteOffset, output.length))) {
    if (type === "D") row ??= decodeRow(body);
    if (type === "E") error ??= decodeError(body);
  }
  return { row: row ?? [], error };
}

interface Message {
  readonly type: string;
  readonly body: Buffer;
}

function* readMessages(output: Buffer): Generator<Message> {
  for (let at = 0; at + 5 <= output.length; ) {
    const end = at + 1 + output.readInt32BE(at + 1);
    yield { type: String.fromCharCode(output[at] as number), body: output.subarray(at + 5, end) };
    at = end;
  }
}

function decodeRow(body: Buffer): (string | null)[] {
  const columns: (string | null)[] = [];
  for (let count = body.readInt16BE(0), at = 2; count > 0; count--) {
    const length = body.readInt32BE(at);
    columns.push(length < 0 ? null : body.toString("utf8", at + 4, at + 4 + length));
    at += 4 + Math.max(length, 0);
  }
  return columns;
}

function decodeError(body: Buffer): { code: string; message: string } {
  const fields = new Map(
    body
      .toString("utf8")
      .split("\0")
      .filter(Boolean)
      .map((field) => [field.charAt(0), field.slice(1)] as const),
  );
  return { code: fields.get("C") ?? "XX000", message: fields.get("M") ?? "" };
}

function message(type: string, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(4 + body.length), body]);
}

const text = (value: string): Buffer => Buffer.from(`${value}\0`, "utf8");

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
