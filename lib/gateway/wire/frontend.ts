import { LARGE_MESSAGE_BYTES, SMALL_MESSAGE_BYTES } from "../limits";

/** Types of the messages a client sends after its login. */
export const FRONTEND = {
  bind: 0x42,
  close: 0x43,
  describe: 0x44,
  execute: 0x45,
  functionCall: 0x46,
  flush: 0x48,
  parse: 0x50,
  query: 0x51,
  sync: 0x53,
  terminate: 0x58,
  copyDone: 0x63,
  copyData: 0x64,
  copyFail: 0x66,
} as const;

const LONG_TYPES = new Set<number>([
  FRONTEND.bind,
  FRONTEND.functionCall,
  FRONTEND.parse,
  FRONTEND.query,
  FRONTEND.copyData,
]);
const TYPES = new Set<number>(Object.values(FRONTEND));

/** Bytes of the type and the length before each message's body. */
export const HEADER_BYTES = 5;

/** Why Postgres would end a connection that sends such a header; undefined when it is fine. `length` counts itself. */
export function findHeaderFault(type: number, length: number): string | undefined {
  if (!TYPES.has(type)) return `invalid frontend message type ${type}`;
  const limit = LONG_TYPES.has(type) ? LARGE_MESSAGE_BYTES : SMALL_MESSAGE_BYTES;
  return length < 4 || length > limit ? "invalid message length" : undefined;
}

/** One message: type, length, body. */
export function encodeMessage(type: number, body: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  message[0] = type;
  message.writeInt32BE(4 + body.length, 1);
  message.set(body, HEADER_BYTES);
  return message;
}

const cString = (text: string): Buffer => Buffer.from(`${text}\0`);
const EMPTY = Buffer.alloc(0);

export const SYNC = encodeMessage(FRONTEND.sync, EMPTY);
export const FLUSH = encodeMessage(FRONTEND.flush, EMPTY);

export const encodeQuery = (text: string): Buffer => encodeMessage(FRONTEND.query, cString(text));
export const encodeCopyFail = (reason: string): Buffer => encodeMessage(FRONTEND.copyFail, cString(reason));
export const encodeParse = (name: string, text: string): Buffer =>
  encodeMessage(FRONTEND.parse, Buffer.concat([cString(name), cString(text), Buffer.alloc(2)]));
export const encodeCloseStatement = (name: string): Buffer => encodeMessage(FRONTEND.close, cString(`S${name}`));

/** Binds a statement without parameters to a portal, results as text. */
export const encodeBind = (portal: string, statement: string): Buffer =>
  encodeMessage(FRONTEND.bind, Buffer.concat([cString(portal), cString(statement), Buffer.alloc(6)]));

export const encodeExecute = (portal: string): Buffer =>
  encodeMessage(FRONTEND.execute, Buffer.concat([cString(portal), Buffer.alloc(4)]));
