import pg from "pg";
import { AppError } from "@/lib/std/app-error";

const CONNECT_TIMEOUT_MS = 5_000;

/** Runs `use` on one plain connection and ends it, for what Prisma cannot say: migrations, locks, CREATE DATABASE. */
export async function withConnection<Result>(
  connectionString: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = await connect(connectionString);
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** One connection, or an AppError that says which server did not answer; never with the password in it. */
export async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A connection that breaks while idle emits an error; the next query on it fails and says so.
  client.on("error", () => {});
  try {
    await client.connect();
    return client;
  } catch (cause) {
    await client.end().catch(() => {});
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError(
      "CONTROL_PLANE",
      `The control database at ${describe(client)} did not accept a connection: ${reason}. Check DATABASE_URL and that the server runs.`,
      { cause },
    );
  }
}

const describe = ({ host, port, database }: pg.Client) =>
  host.startsWith("/") ? host : `${host}:${port}/${database ?? ""}`;
