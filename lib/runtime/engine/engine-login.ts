import { randomBytes } from "node:crypto";
import type { EndpointLogin } from "@/lib/operations";
import { type Cidr, isWithin } from "@/lib/std/cidr";
import { createScramVerifier } from "@/lib/std/scram";

const OWN: readonly Cidr[] = [
  { bits: 32, network: 0x7f00_0000n, prefix: 8 },
  { bits: 128, network: 1n, prefix: 128 },
];

/** The engine's own login at every service: its password lives in this process only and is new at each start. */
export interface EngineLogin {
  readonly verifier: string;
  at(port: number): EndpointLogin;
  /** Whether its own connections may come from there. */
  comesFrom(address: string): boolean;
}

export interface EngineLoginOptions {
  /** Where the gateway listens. */
  host: string;
  /** Certificate of the authority that signed the gateway's, PEM. */
  ca: string;
}

export async function createEngineLogin({ host, ca }: EngineLoginOptions): Promise<EngineLogin> {
  const password = randomBytes(24).toString("base64url");
  // What listens everywhere listens here.
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return {
    verifier: await createScramVerifier(password),
    at: (port) => ({ host: reachable, port, password, ca }),
    comesFrom: (address) =>
      OWN.some((range) => isWithin(range, address)) || address.replace(/^::ffff:/, "") === reachable,
  };
}
