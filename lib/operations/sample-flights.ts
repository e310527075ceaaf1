import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { z } from "zod";

/**
 * `prod-telemetry`: 20,000 flights within the United States, January to March 2001, and the airports they went between, of
 * the npm package vega-datasets (U.S. Bureau of Transportation Statistics; times are as printed, taken as UTC).
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS airports (
    iata text PRIMARY KEY,
    name text NOT NULL,
    city text,
    state text,
    country text NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL
  );
  CREATE TABLE IF NOT EXISTS flights (
    time timestamptz NOT NULL,
    origin text NOT NULL,
    destination text NOT NULL,
    delay integer NOT NULL,
    distance integer NOT NULL
  );
  COMMENT ON TABLE flights IS 'Flights within the United States, January to March 2001';
  COMMENT ON COLUMN flights.time IS 'Departure, as printed, taken as UTC';
  COMMENT ON COLUMN flights.delay IS 'Minutes late at arrival; negative when early';
  COMMENT ON COLUMN flights.distance IS 'Miles';
  SELECT create_hypertable('flights', by_range('time', INTERVAL '7 days'), if_not_exists => true);
  TRUNCATE flights, airports;
`;

/** Replaces the tables by the whole sample, in one transaction: loaded twice is loaded once, interrupted is not loaded. */
export async function loadFlights(client: pg.Client): Promise<void> {
  await client.query("BEGIN");
  await client.query(TABLES);
  const flights = Readable.from(toCopyRows(await readFlights()));
  await pipeline(
    flights,
    client.query(copyFrom("COPY flights (time, origin, destination, delay, distance) FROM STDIN")),
  );
  const airports = createReadStream(join(dataDir(), "airports.csv"));
  await pipeline(airports, client.query(copyFrom("COPY airports FROM STDIN (FORMAT csv, HEADER)")));
  await client.query("COMMIT");
  await client.query("ANALYZE flights, airports");
}

const flight = z.object({
  date: z.string().regex(/^\d{4}\/\d\d\/\d\d \d\d:\d\d$/),
  delay: z.number().int(),
  distance: z.number().int(),
  origin: z.string().regex(/^\w{3}$/),
  destination: z.string().regex(/^\w{3}$/),
});
type Flight = z.infer<typeof flight>;

// The package exports its code alone, so its data is found beside it.
const dataDir = () => join(dirname(createRequire(import.meta.url).resolve("vega-datasets")), "..", "data");

const readFlights = async (): Promise<Flight[]> =>
  z.array(flight).parse(JSON.parse(await readFile(join(dataDir(), "flights-20k.json"), "utf8")));

// A chunk of this many rows is about a socket's buffer; a chunk per row would be 20,000 messages.
const ROWS_PER_CHUNK = 1_000;

/** Rows of COPY's text format. Nothing in them needs escaping: the schema above saw to that. */
export function* toCopyRows(flights: readonly Flight[]): Generator<string> {
  for (let start = 0; start < flights.length; start += ROWS_PER_CHUNK)
    yield flights
      .slice(start, start + ROWS_PER_CHUNK)
      .map(({ date, origin, destination, delay, distance }) =>
        [`${date.replaceAll("/", "-")}:00+00`, origin, destination, delay, distance].join("\t").concat("\n"),
      )
      .join("");
}
