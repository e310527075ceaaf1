import pg from "pg";
import { assert } from "@/lib/std/assert";

/** How the engine itself logs in to a service: role `offshoot_engine`, whose password lives in the engine's memory alone. */
export interface EndpointLogin {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  /** The local certificate authority, PEM. */
  readonly ca: string;
}

export const ENGINE_ROLE = "offshoot_engine";
const DATABASE = "tsdb";

// A person waits for READY: an endpoint that does not answer by then is reported, not waited for.
const CONNECT_TIMEOUT_MS = 10_000;
const CHECK_TIMEOUT_MS = 10_000;

/** One session through the gateway, ended whatever happens in it. */
export async function withEndpoint<Result>(
  login: EndpointLogin,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({
    host: login.host,
    port: login.port,
    user: ENGINE_ROLE,
    password: login.password,
    database: DATABASE,
    ssl: { ca: login.ca },
    application_name: "offshoot",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // A connection that breaks between two queries emits an error; the next query says so.
  client.on("error", () => {});
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Resolves when a query was answered. */
export async function checkEndpoint(login: EndpointLogin): Promise<void> {
  await withEndpoint(login, async (client) => {
    const query = { text: "SELECT 1 AS answer", query_timeout: CHECK_TIMEOUT_MS };
    const { rows } = await client.query<{ answer: number }>(query);
    assert(rows[0]?.answer === 1, "SELECT 1 answers 1");
  });
}
