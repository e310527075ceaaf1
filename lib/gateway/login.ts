import type { SecureContext } from "node:tls";
import { assertNever } from "@/lib/std/assert";
import type { ServiceEndpoint } from "./backend";
import {
  type HandshakeAnswer,
  type HandshakeContext,
  type HandshakeOutcome,
  type HandshakeStep,
  handshake,
} from "./handshake";
import { type ErrorFields, fatal } from "./wire/backend";
import { parseStartupOptions, type Setting } from "./wire/startup-options";
import type { WireSocket } from "./wire-socket";

/** The one database of a service. */
const DATABASE = "tsdb";
const READ_ONLY_OPTION = "tsdb_admin.read_only_connection";

export interface LoginContext extends HandshakeContext {
  readonly secureContext: SecureContext;
  readonly findVerifier: ServiceEndpoint["findVerifier"];
}

/** Performs a handshake on a socket. Rejects with SocketClosedError when the client hangs up. */
export async function runHandshake(socket: WireSocket, context: LoginContext): Promise<HandshakeOutcome> {
  const steps = handshake(context);
  let answer: HandshakeAnswer;
  for (;;) {
    const next = steps.next(answer);
    if (next.done) return next.value;
    const step = next.value;
    if (step.kind === "startTls" && step.replay.length === 0 && socket.unreadBytes > 0)
      // Whatever somebody in between put there must not be taken for the client's.
      return {
        kind: "refused",
        error: fatal("08P01", "received unencrypted data after SSL request"),
        isFailedLogin: false,
      };
    answer = await perform(step, socket, context);
  }
}

async function perform(step: HandshakeStep, socket: WireSocket, context: LoginContext): Promise<HandshakeAnswer> {
  switch (step.kind) {
    case "read":
      return socket.read(step.bytes);
    case "send":
      await socket.send(step.bytes);
      return undefined;
    case "startTls":
      await socket.startTls(context.secureContext, step.replay);
      return undefined;
    case "findVerifier":
      return context.findVerifier(step.role);
    default:
      return assertNever(step);
  }
}

/** What an authenticated client asks for: its settings, or why it cannot have a session. */
export function findSettings(
  database: string,
  parameters: ReadonlyMap<string, string>,
): { settings: Setting[] } | { error: ErrorFields } {
  if (database !== DATABASE)
    return {
      error: fatal("3D000", `database "${database}" does not exist`, `The database of a service is ${DATABASE}.`),
    };
  const replication = parameters.get("replication");
  if (replication !== undefined && !isOff(replication))
    return { error: fatal("0A000", "replication connections are not offered here") };
  const options = parseStartupOptions(parameters);
  if ("invalidArgument" in options)
    return { error: fatal("42601", `invalid command-line argument for server process: ${options.invalidArgument}`) };
  const readOnly = options.settings.find(({ name }) => name.toLowerCase() === READ_ONLY_OPTION);
  if (readOnly && !isOff(readOnly.value))
    return {
      error: fatal(
        "0A000",
        "read-only connections are not offered here",
        "Connect without the option, or to a fork of the service, which can be thrown away.",
      ),
    };
  return { settings: options.settings };
}

const isOff = (value: string): boolean => /^(f|fa|fal|fals|false|n|no|of|off|0)$/i.test(value);

/** Settings that are known to be accepted and how they are reported: with no others a client need not wait for a turn. */
export function findReported(settings: readonly Setting[]): Map<string, string> | undefined {
  const reported = new Map<string, string>();
  for (const { name, value } of settings) {
    if (name === "application_name" && /^[ -~]{0,63}$/.test(value)) reported.set(name, value);
    else if (name === "client_encoding" && /^'?(utf-?8|unicode)'?$/i.test(value)) reported.set(name, "UTF8");
    else return undefined;
  }
  return reported;
}
