import { randomBytes } from "node:crypto";
import pg from "pg";
import { createScramVerifier } from "@/lib/std/scram";

/** The engine's own role at every service: its password lives in this process only and is new at each start. */
export const ENGINE_ROLE = "offshoot_engine";

export interface EngineLogin {
  readonly verifier: string;
  /** A connection as a client has one: through the service's endpoint, over TLS, with a password. */
  connect(port: number): Promise<pg.Client>;
}

export interface EngineLoginOptions {
  /** Where the gateway listens. */
  host: string;
  /** Certificate of the authority that signed the gateway's, PEM. */
  ca: string;
}

// A start of Postgres after a crash replays at most a few seconds of work; whoever takes longer is not well.
const CONNECT_TIMEOUT_MS = 20_000;
const QUERY_TIMEOUT_MS = 20_000;

export async function createEngineLogin({ host, ca }: EngineLoginOptions): Promise<EngineLogin> {
  const password = randomBytes(24).toString("base64url");
  const everywhere = host === "0.0.0.0" || host === "::";
  return {
    verifier: await createScramVerifier(password),
    async connect(port) {
      const client = new pg.Client({
        host: everywhere ? "127.0.0.1" : host,
        port,
        user: ENGINE_ROLE,
        password,
        database: "tsdb",
        application_name: "offshoot",
        ssl: { ca },
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        query_timeout: QUERY_TIMEOUT_MS,
      });
      client.on("error", () => {}); // an idle connection that breaks; the next query on it fails and says so
      await client.connect();
      return client;
    },
  };
}
