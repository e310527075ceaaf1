import pg from "pg";

/** A connection by the string that the console copies, with what its page says that node-postgres needs. */
export async function connect(copied: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: `${copied}&uselibpqcompat=true`,
    application_name: "e2e",
    connectionTimeoutMillis: 20_000,
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** Rows of one statement on a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(copied: string, text: string): Promise<Row[]> {
  const client = await connect(copied);
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
