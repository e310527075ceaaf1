import type { BackendClient } from "../backend-client";
import { ACCOUNTS, type Content, type Cursor, contentAfter, FIRST_BALANCE } from "./ledger";
import type { Line } from "./line";

const LEDGER = `SELECT count(*), md5(coalesce(string_agg(concat_ws(':', n, kind, a, b, amount), ',' ORDER BY n), '')) FROM ledger`;
const BALANCES = "SELECT sum(balance), md5(string_agg(balance::text, ',' ORDER BY id)) FROM accounts";
const TABLES = `SELECT coalesce(string_agg(substr(relname, 6), ',' ORDER BY substr(relname, 6)::int), '')
  FROM pg_class WHERE relkind = 'r' AND relname ~ '^made_[0-9]+$'`;
const FILLER = "SELECT count(*), coalesce(sum(length(body)), 0) FROM filler";
const FILLER_BODY = 256;
const INDEXES = `SELECT count(bt_index_check(c.oid, true)::text) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_am m ON m.oid = c.relam WHERE m.amname = 'btree' AND c.relkind = 'i' AND c.relpersistence = 'p' AND i.indisvalid`;
const HEAPS = `SELECT c.relname, v.blkno, v.msg FROM pg_class c, LATERAL verify_heapam(c.oid) v
  WHERE c.relkind IN ('r', 't', 'm') AND c.relpersistence = 'p'`;

/**
 * Asks Postgres for all that a volume holds and compares it with what it must hold: as many of the line's transactions as it
 * says, if that is a number that may be. Answers how many.
 */
export async function verifyContent(
  sql: BackendClient,
  line: Line,
  counts: { least: number; most: number },
): Promise<number> {
  const found = await readContent(sql);
  if (found.transactions < counts.least || found.transactions > counts.most)
    throw new Error(
      `${found.transactions} transactions are in, not ${counts.least} to ${counts.most}; the last are ${await lastNumbers(sql)}`,
    );
  const expected = contentAfter(line.rows(found.transactions));
  for (const name of Object.keys(expected) as (keyof Content)[])
    if (found[name] !== expected[name])
      throw new Error(
        `${name} is ${found[name]}, not ${expected[name]}, with ${found.transactions} transactions; the last are ${await lastNumbers(sql)}`,
      );
  return found.transactions;
}

async function readContent(sql: BackendClient): Promise<Content> {
  const [transactions, ledgerDigest] = (await sql.query(LEDGER))[0] as string[];
  const [sum, balances] = (await sql.query(BALANCES))[0] as string[];
  const [tables] = (await sql.query(TABLES))[0] as string[];
  const [fillerRows, fillerBytes] = (await sql.query(FILLER))[0] as string[];
  if (Number(sum) !== ACCOUNTS * FIRST_BALANCE) throw new Error(`the sum of all accounts is ${sum}`);
  if (Number(fillerBytes) !== FILLER_BODY * Number(fillerRows)) throw new Error(`filler has ${fillerBytes} bytes`);
  return {
    transactions: Number(transactions),
    ledgerDigest: ledgerDigest as string,
    balances: balances as string,
    tables: tables as string,
    fillerRows: Number(fillerRows),
  };
}

/** Where a workload goes on that nobody told what was there before. */
export async function readCursor(sql: BackendClient): Promise<Cursor> {
  const [last] = (await sql.query("SELECT coalesce(max(n), 0) FROM ledger"))[0] as string[];
  const { tables, fillerRows } = await readContent(sql);
  return {
    nextNumber: Number(last) + 1,
    tables: tables === "" ? [] : tables.split(",").map(Number),
    fillerRows,
  };
}

const lastNumbers = async (sql: BackendClient) =>
  (await sql.query("SELECT n FROM ledger ORDER BY n DESC LIMIT 5")).flat().join(", ");

/** Every B-tree against its table, and every table, catalogues included. */
export async function verifyStructure(sql: BackendClient): Promise<void> {
  const [checked] = (await sql.query(INDEXES))[0] as string[];
  if (Number(checked) < 100) throw new Error(`amcheck saw ${checked} indexes only`);
  const damages = await sql.query(HEAPS);
  if (damages.length > 0) throw new Error(`amcheck found ${JSON.stringify(damages.slice(0, 5))}`);
}
