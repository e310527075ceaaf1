import { encodeMessage } from "./frontend";

/** Types of the messages a backend sends. */
export const BACKEND = {
  parseComplete: 0x31,
  bindComplete: 0x32,
  closeComplete: 0x33,
  notification: 0x41,
  commandComplete: 0x43,
  dataRow: 0x44,
  error: 0x45,
  copyIn: 0x47,
  emptyQuery: 0x49,
  backendKeyData: 0x4b,
  notice: 0x4e,
  authentication: 0x52,
  parameterStatus: 0x53,
  rowDescription: 0x54,
  readyForQuery: 0x5a,
  noData: 0x6e,
  portalSuspended: 0x73,
  parameterDescription: 0x74,
  negotiateProtocolVersion: 0x76,
} as const;

/** The fields of an ErrorResponse that the gateway writes or reads. */
export interface ErrorFields {
  readonly severity: "ERROR" | "FATAL" | "NOTICE";
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
}

export const fatal = (code: string, message: string, hint?: string): ErrorFields => ({
  severity: "FATAL",
  code,
  message,
  hint,
});

/** An ErrorResponse. A NUL would end a field early, so none gets through. */
export function encodeError(fields: ErrorFields): Buffer {
  const { severity, code, message, detail, hint } = fields;
  const pairs = [
    ["S", severity],
    ["V", severity],
    ["C", code],
    ["M", message],
    ["D", detail],
    ["H", hint],
  ] as const;
  const text = pairs.map(([key, value]) => (value ? `${key}${value.replaceAll("\0", " ")}\0` : "")).join("");
  return encodeMessage(BACKEND.error, Buffer.from(`${text}\0`));
}

/** Reads an ErrorResponse's body. */
export function decodeError(body: Buffer): ErrorFields {
  const field = new Map<string, string>();
  for (const text of body.toString().split("\0")) if (text) field.set(text.charAt(0), text.slice(1));
  return {
    severity: field.get("V") === "FATAL" || field.get("V") === "PANIC" ? "FATAL" : "ERROR",
    code: field.get("C") ?? "XX000",
    message: field.get("M") ?? "unknown error",
    detail: field.get("D"),
    hint: field.get("H"),
  };
}

const AUTHENTICATION = { ok: 0, sasl: 10, saslContinue: 11, saslFinal: 12 } as const;

function encodeAuthentication(kind: number, data: string): Buffer {
  const body = Buffer.alloc(4 + Buffer.byteLength(data));
  body.writeInt32BE(kind);
  body.write(data, 4);
  return encodeMessage(BACKEND.authentication, body);
}

export const AUTHENTICATION_OK = encodeAuthentication(AUTHENTICATION.ok, "");
export const encodeSaslMechanisms = (names: readonly string[]): Buffer =>
  encodeAuthentication(AUTHENTICATION.sasl, `${names.map((name) => `${name}\0`).join("")}\0`);
export const encodeSaslContinue = (text: string): Buffer => encodeAuthentication(AUTHENTICATION.saslContinue, text);
export const encodeSaslFinal = (text: string): Buffer => encodeAuthentication(AUTHENTICATION.saslFinal, text);

export const encodeParameterStatus = (name: string, value: string): Buffer =>
  encodeMessage(BACKEND.parameterStatus, Buffer.from(`${name}\0${value}\0`));

/** Name and value of a ParameterStatus. */
export function decodeParameterStatus(body: Buffer): [name: string, value: string] {
  const [name = "", value = ""] = body.toString().split("\0");
  return [name, value];
}

export function encodeBackendKeyData(processId: number, key: Uint8Array): Buffer {
  const body = Buffer.alloc(4 + key.length);
  body.writeInt32BE(processId);
  body.set(key, 4);
  return encodeMessage(BACKEND.backendKeyData, body);
}

/** Tells the newest protocol version spoken here, and the `_pq_` options that nobody here knows. */
export function encodeNegotiateProtocolVersion(version: number, unknownOptions: readonly string[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(version);
  head.writeInt32BE(unknownOptions.length, 4);
  const names = Buffer.from(unknownOptions.map((name) => `${name}\0`).join(""));
  return encodeMessage(BACKEND.negotiateProtocolVersion, Buffer.concat([head, names]));
}

/** The backend's transaction status in a ReadyForQuery: idle, in a transaction, in a failed one. */
export type TransactionStatus = "I" | "T" | "E";

export const READY_IDLE = encodeMessage(BACKEND.readyForQuery, Buffer.from("I"));

export function decodeReadyForQuery(body: Buffer): TransactionStatus {
  const status = String.fromCharCode(body[0] ?? 0);
  return status === "T" || status === "E" ? status : "I";
}

/** The columns of a text-format DataRow. */
export function decodeDataRow(body: Buffer): (string | null)[] {
  const values: (string | null)[] = [];
  let at = 2;
  for (let column = body.readInt16BE(0); column > 0; column--) {
    const length = body.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? null : body.toString("utf8", at, at + length));
    at += Math.max(0, length);
  }
  return values;
}
