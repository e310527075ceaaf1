import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { BACKEND, decodeDataRow, decodeError, type ErrorFields } from "@/lib/gateway/wire/backend";
import { BackendReader } from "@/lib/gateway/wire/backend-reader";
import { encodeMessage, encodeQuery } from "@/lib/gateway/wire/frontend";

export interface WireMessage {
  readonly type: number;
  readonly body: Buffer;
}

export interface WireLogin {
  readonly port: number;
  readonly password?: string;
  readonly user?: string;
  readonly database?: string;
  readonly parameters?: Record<string, string>;
  /** Protocol version, 3.0 unless told. */
  readonly version?: number;
}

const hmac = (key: Uint8Array, text: string) => createHmac("sha256", key).update(text).digest();
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** A packet without a type: its length, then its body. */
export function encodePacket(body: Uint8Array): Buffer {
  const packet = Buffer.alloc(4 + body.length);
  packet.writeInt32BE(packet.length);
  packet.set(body, 4);
  return packet;
}

export function encodeStartup(parameters: Record<string, string>, version = 0x30000): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(version);
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`);
  return encodePacket(Buffer.concat([head, Buffer.from(`${pairs.join("")}\0`)]));
}

/** A client that says exactly what a test tells it to, and shows every message that comes back. */
export class WireClient {
  readonly socket: Socket;
  readonly received: WireMessage[] = [];
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  readonly #reader = new BackendReader(() => true);
  #wake = () => {};
  #isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    this.closed = new Promise((resolve) =>
      socket.once("close", () => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      }),
    );
    socket.on("data", (chunk: Buffer) => {
      this.#reader.read(chunk, (type, body) => this.received.push({ type, body: Buffer.from(body) }));
      this.#wake();
    });
  }

  /** A connection with TLS, before the startup packet. */
  static async connect(port: number): Promise<WireClient> {
    const plain = connectTcp(port, "127.0.0.1");
    plain.write(SSL_REQUEST);
    const answer = await new Promise<string>((resolve) => {
      plain.once("data", (bytes: Buffer) => resolve(bytes.toString()));
      plain.once("error", () => resolve("an error"));
      plain.once("close", () => resolve("the end"));
    });
    if (answer !== "S") throw new Error(`no TLS but ${answer}`);
    const secure = connectTls({ socket: plain, rejectUnauthorized: false });
    await once(secure, "secureConnect");
    return new WireClient(secure);
  }

  /** A connection that has logged in and is ready, or the reason why not. */
  static async logIn(login: WireLogin): Promise<WireClient> {
    const client = await WireClient.connect(login.port);
    await client.authenticate(login);
    await client.until(BACKEND.readyForQuery);
    return client;
  }

  /** Performs the SCRAM exchange. Afterwards `received` holds what came after it. */
  async authenticate({
    user = "tsdbadmin",
    database = "tsdb",
    password = "",
    parameters,
    version,
  }: WireLogin): Promise<void> {
    this.send(encodeStartup({ user, database, ...parameters }, version));
    await this.until(BACKEND.authentication);
    const bare = `n=,r=${randomBytes(18).toString("base64")}`;
    const initial = Buffer.from(`SCRAM-SHA-256\0\0\0\0${String.fromCharCode(3 + bare.length)}n,,${bare}`, "latin1");
    this.send(encodeMessage(0x70, initial));
    const challenge = (await this.until(BACKEND.authentication)).at(-1)?.body.toString("utf8", 4) ?? "";
    this.send(encodeMessage(0x70, Buffer.from(answerChallenge(password, bare, challenge))));
  }

  send(...messages: Uint8Array[]): void {
    this.socket.write(Buffer.concat(messages));
  }

  /** Everything up to and including the next message of this type. Throws when the connection closes before. */
  async until(type: number): Promise<WireMessage[]> {
    for (;;) {
      const index = this.received.findIndex((message) => message.type === type);
      if (index >= 0) return this.received.splice(0, index + 1);
      const error = this.received.find((message) => message.type === BACKEND.error);
      if (this.#isClosed) throw new Error(`closed: ${error ? decodeError(error.body).message : "without a word"}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The error with which the other side ended the connection. */
  async untilRefused(): Promise<ErrorFields> {
    const error = (await this.until(BACKEND.error)).at(-1);
    await this.closed;
    return decodeError(error?.body ?? Buffer.alloc(0));
  }

  /** Runs a text in the simple protocol; answers its rows, or the error. */
  async query(text: string): Promise<(string | null)[][] | ErrorFields> {
    this.send(encodeQuery(text));
    const messages = await this.until(BACKEND.readyForQuery);
    const error = messages.find((message) => message.type === BACKEND.error);
    if (error) return decodeError(error.body);
    return messages.filter((message) => message.type === BACKEND.dataRow).map(({ body }) => decodeDataRow(body));
  }

  /** Hangs up without a goodbye. */
  destroy(): void {
    this.socket.destroy();
  }
}

function answerChallenge(password: string, bare: string, challenge: string): string {
  const field = Object.fromEntries(challenge.split(",").map((text) => [text[0], text.slice(2)]));
  const salted = pbkdf2Sync(password, Buffer.from(field.s ?? "", "base64"), Number(field.i), 32, "sha256");
  const key = hmac(salted, "Client Key");
  const withoutProof = `c=biws,r=${field.r}`;
  const signature = hmac(createHash("sha256").update(key).digest(), `${bare},${challenge},${withoutProof}`);
  return `${withoutProof},p=${Buffer.from(key.map((byte, index) => byte ^ (signature[index] ?? 0))).toString("base64")}`;
}
