import { assert } from "@/lib/std/assert";
import {
  createServerFirst,
  findClientFirst,
  findScramVerifier,
  findServerFinal,
  type ScramExchange,
  type ScramVerifier,
} from "@/lib/std/scram";
import { SASL_MESSAGE_BYTES, STARTUP_PACKET_BYTES } from "./limits";
import {
  AUTHENTICATION_OK,
  type ErrorFields,
  encodeNegotiateProtocolVersion,
  encodeSaslContinue,
  encodeSaslFinal,
  encodeSaslMechanisms,
  fatal,
} from "./wire/backend";
import { parseStartupPacket, type StartupPacket } from "./wire/startup";

/**
 * A connection from its first byte to the end of authentication, as a generator that never touches a socket: it yields
 * what it needs (bytes, TLS, a verifier) and is resumed with it.
 */
export type Handshake = Generator<HandshakeStep, HandshakeOutcome, HandshakeAnswer>;

export type HandshakeStep =
  /** Resume with exactly so many bytes. */
  | { readonly kind: "read"; readonly bytes: number }
  | { readonly kind: "send"; readonly bytes: Buffer }
  /** Start TLS; `replay` are bytes of the client's hello that were read already. */
  | { readonly kind: "startTls"; readonly replay: Buffer }
  /** Resume with the text of the role's verifier, undefined for an unknown role. */
  | { readonly kind: "findVerifier"; readonly role: string };

export type HandshakeAnswer = Buffer | string | undefined;

export interface Login {
  readonly role: string;
  readonly database: string;
  readonly protocolMinor: number;
  readonly parameters: ReadonlyMap<string, string>;
}

export type HandshakeOutcome =
  | { readonly kind: "authenticated"; readonly login: Login }
  | { readonly kind: "cancel"; readonly processId: number; readonly key: Buffer }
  /** `isFailedLogin`: somebody tried a password; `role` is whom they claimed to be. */
  | { readonly kind: "refused"; readonly error: ErrorFields; readonly isFailedLogin: boolean; readonly role?: string }
  /** The client said goodbye (psql does, to ask its user for a password). */
  | { readonly kind: "left" };

export interface HandshakeContext {
  /** Hash of the server's certificate for channel binding; without it none is offered. */
  readonly certificateHash: Uint8Array | undefined;
  /** Stands in for the verifier of an unknown role. */
  readonly createMockVerifier: (role: string) => ScramVerifier;
}

const TLS_HANDSHAKE_BYTE = 0x16;
const PASSWORD_MESSAGE = 0x70;
const TERMINATE_MESSAGE = 0x58;
const NEWEST_MINOR = 2;
const SCRAM = "SCRAM-SHA-256";
const SCRAM_PLUS = "SCRAM-SHA-256-PLUS";
const REFUSE_ENCRYPTION = Buffer.from("N");
const ACCEPT_ENCRYPTION = Buffer.from("S");

const refuse = (code: string, message: string, hint?: string): HandshakeOutcome => ({
  kind: "refused",
  error: fatal(code, message, hint),
  isFailedLogin: false,
});
const refuseMalformed = (reason: string): HandshakeOutcome => refuse("08P01", reason);

export function* handshake(context: HandshakeContext): Handshake {
  const packet = yield* negotiateEncryption();
  if (packet.kind === "cancel") return packet;
  if (packet.kind === "malformed") return refuseMalformed(packet.reason);
  if (packet.kind !== "startup") return refuseMalformed("encryption was asked for a second time");
  if (!packet.isEncrypted) return refuse("28000", "This endpoint accepts TLS only. Add sslmode=require.");
  if (packet.major !== 3) {
    const version = `${packet.major}.${packet.minor}`;
    return refuse("0A000", `unsupported frontend protocol ${version}: server supports 3.0 to 3.${NEWEST_MINOR}`);
  }
  const role = packet.parameters.get("user") ?? "";
  if (role === "") return refuse("28000", "no PostgreSQL user name specified in startup packet");
  const protocolMinor = Math.min(packet.minor, NEWEST_MINOR);
  const unknownOptions = [...packet.parameters.keys()].filter((name) => name.startsWith("_pq_."));
  if (packet.minor > NEWEST_MINOR || unknownOptions.length > 0)
    yield* send(encodeNegotiateProtocolVersion((3 << 16) | protocolMinor, unknownOptions));
  const database = packet.parameters.get("database") ?? role;
  return yield* authenticate(context, { role, database, protocolMinor, parameters: packet.parameters });
}

type FirstPacket = StartupPacket & { readonly isEncrypted: boolean };

/** Answers requests for encryption until the packet comes that says what the connection is for. */
function* negotiateEncryption(): Generator<HandshakeStep, FirstPacket, HandshakeAnswer> {
  const start = yield* read(4);
  if (start[0] === TLS_HANDSHAKE_BYTE) {
    yield { kind: "startTls", replay: start };
    return { ...(yield* readStartupPacket(yield* read(4))), isEncrypted: true };
  }
  let packet = yield* readStartupPacket(start);
  if (packet.kind === "gss") {
    yield* send(REFUSE_ENCRYPTION);
    packet = yield* readStartupPacket(yield* read(4));
  }
  if (packet.kind !== "ssl") return { ...packet, isEncrypted: false };
  yield* send(ACCEPT_ENCRYPTION);
  yield { kind: "startTls", replay: Buffer.alloc(0) };
  return { ...(yield* readStartupPacket(yield* read(4))), isEncrypted: true };
}

function* readStartupPacket(lengthBytes: Buffer): Generator<HandshakeStep, StartupPacket, HandshakeAnswer> {
  const length = lengthBytes.readUInt32BE(0);
  if (length < 8 || length > STARTUP_PACKET_BYTES)
    return { kind: "malformed", reason: "invalid length of startup packet" };
  return parseStartupPacket(yield* read(length - 4));
}

function* authenticate(context: HandshakeContext, login: Login): Handshake {
  const hash = context.certificateHash;
  yield* send(encodeSaslMechanisms(hash ? [SCRAM_PLUS, SCRAM] : [SCRAM]));
  const opening = yield* readSaslMessage();
  if (typeof opening === "string") return opening === "left" ? { kind: "left" } : refuseMalformed(opening);
  const initial = findInitialResponse(opening);
  const first = initial && findClientFirst(initial.data);
  if (!first) return refuseMalformed("malformed SCRAM message");
  const fault = findBindingFault(initial.mechanism, first.binding, hash !== undefined);
  if (fault) return refuseMalformed(fault);

  const text = yield { kind: "findVerifier", role: login.role };
  const found = typeof text === "string" ? findScramVerifier(text) : undefined;
  const verifier = found ?? context.createMockVerifier(login.role);
  const exchange: ScramExchange = {
    first,
    verifier,
    challenge: createServerFirst(first, verifier),
    certificateHash: hash,
  };
  yield* send(encodeSaslContinue(exchange.challenge.text));
  const proof = yield* readSaslMessage();
  if (typeof proof === "string") return proof === "left" ? { kind: "left" } : refuseMalformed(proof);
  const final = findServerFinal(exchange, proof.toString());
  if (!final) return refuseLogin(login.role);
  yield* send(Buffer.concat([encodeSaslFinal(final), AUTHENTICATION_OK]));
  return { kind: "authenticated", login };
}

/** The same words for an unknown role, a wrong password and a role without one: an answer must not tell which. */
function refuseLogin(role: string): HandshakeOutcome {
  const error = fatal("28P01", `password authentication failed for user "${role}"`);
  return { kind: "refused", error, isFailedLogin: true, role };
}

/** The body of a SASL message, or why there is none. */
function* readSaslMessage(): Generator<HandshakeStep, Buffer | string, HandshakeAnswer> {
  const header = yield* read(5);
  const length = header.readUInt32BE(1);
  if (header[0] === TERMINATE_MESSAGE && length === 4) return "left";
  if (header[0] !== PASSWORD_MESSAGE) return `expected SASL response, got message type ${header[0]}`;
  if (length < 4 || length > SASL_MESSAGE_BYTES) return "invalid length of SASL response";
  return length === 4 ? Buffer.alloc(0) : yield* read(length - 4);
}

function findInitialResponse(body: Buffer): { mechanism: string; data: string } | undefined {
  const end = body.indexOf(0);
  if (end < 0 || body.length < end + 5) return undefined;
  const data = body.subarray(end + 5);
  return data.length === body.readInt32BE(end + 1)
    ? { mechanism: body.toString("latin1", 0, end), data: data.toString() }
    : undefined;
}

/** A client that could bind to the channel and was told (by somebody in between) that we cannot says so with "y". */
function findBindingFault(mechanism: string, binding: string, isOffered: boolean): string | undefined {
  const isBound = binding === "tls-server-end-point";
  if (mechanism === SCRAM_PLUS && isOffered) return isBound ? undefined : "SCRAM channel binding flag is missing";
  if (mechanism !== SCRAM) return "client selected an invalid SASL authentication mechanism";
  if (isBound) return "SCRAM channel binding was used without the mechanism for it";
  return binding === "y" && isOffered ? "SCRAM channel binding negotiation error" : undefined;
}

function* read(bytes: number): Generator<HandshakeStep, Buffer, HandshakeAnswer> {
  const answer = yield { kind: "read", bytes };
  assert(Buffer.isBuffer(answer) && answer.length === bytes, "a handshake is resumed with the bytes it asked for");
  return answer;
}

function* send(bytes: Buffer): Generator<HandshakeStep, void, HandshakeAnswer> {
  yield { kind: "send", bytes };
}
