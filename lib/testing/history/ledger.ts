import { createHash } from "node:crypto";
import type { CommitPoint } from "@/lib/blocks";

export const ACCOUNTS = 1000;
export const FIRST_BALANCE = 1000;

/**
 * What one transaction does, and the row of table `ledger` that it leaves: transfer `amount` from account `a` to `b`; sweep
 * the first `a` pairs of accounts; create or drop table `made_<a>`; fill `a` rows into `filler`, empty it; rewrite a table.
 */
export interface LedgerRow {
  readonly n: number;
  readonly kind: "transfer" | "sweep" | "create" | "drop" | "fill" | "empty" | "rewrite";
  readonly a: number;
  readonly b: number;
  readonly amount: number;
}

/** What is known of the commit that made a transaction durable: after `after` and not after `upTo`; equal commits when told. */
export interface Transaction {
  readonly row: LedgerRow;
  readonly from: CommitPoint;
  readonly to: CommitPoint;
}

/** What Postgres must answer when exactly the given transactions are in. */
export interface Content {
  readonly transactions: number;
  readonly ledgerDigest: string;
  readonly balances: string;
  readonly tables: string;
  readonly fillerRows: number;
}

export const SETUP = `
  CREATE EXTENSION amcheck;
  CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL, note text);
  INSERT INTO accounts SELECT g, ${FIRST_BALANCE}, repeat('x', g % 50) FROM generate_series(1, ${ACCOUNTS}) g;
  CREATE TABLE ledger (n bigint PRIMARY KEY, kind text, a int, b int, amount int);
  CREATE INDEX ON ledger (kind, a);
  CREATE TABLE filler (at timestamptz NOT NULL, n bigint, body text);
  CREATE INDEX ON filler (n)`;
export const SETUP_TIMESCALEDB = `SELECT create_hypertable('filler', 'at', chunk_time_interval => interval '1 hour')`;

/** The statements between BEGIN and COMMIT; the ledger's row is one of them. */
export function toStatements(row: LedgerRow): string[] {
  const { n, kind, a, b, amount } = row;
  const insert = `INSERT INTO ledger VALUES (${n}, '${kind}', ${a}, ${b}, ${amount})`;
  switch (kind) {
    case "transfer":
      return [
        `UPDATE accounts SET balance = balance - ${amount} WHERE id = ${a}`,
        insert,
        `UPDATE accounts SET balance = balance + ${amount} WHERE id = ${b}`,
      ];
    case "sweep":
      return [
        insert,
        `UPDATE accounts SET balance = balance + CASE WHEN id % 2 = 0 THEN ${amount} ELSE -${amount} END WHERE id <= ${2 * a}`,
      ];
    case "create":
      return [
        insert,
        `CREATE TABLE made_${a} AS SELECT g FROM generate_series(1, 100) g`,
        `CREATE INDEX ON made_${a} (g)`,
      ];
    case "drop":
      return [`DROP TABLE made_${a}`, insert];
    case "fill":
      return [
        `INSERT INTO filler SELECT timestamptz '2026-01-01' + g * interval '1 min', ${n}, repeat(md5((g + ${n})::text), 8)
           FROM generate_series(1, ${a}) g`,
        insert,
      ];
    case "empty":
      return [insert, b === 0 ? "TRUNCATE filler" : "DELETE FROM filler"];
    case "rewrite":
      return ["CLUSTER accounts USING accounts_pkey", insert, "REINDEX TABLE ledger"];
  }
}

export function contentAfter(rows: readonly LedgerRow[]): Content {
  const balances = new Array<number>(ACCOUNTS).fill(FIRST_BALANCE);
  const tables = new Set<number>();
  let fillerRows = 0;
  for (const { kind, a, b, amount } of rows) {
    if (kind === "transfer") {
      (balances[a - 1] as number) -= amount;
      (balances[b - 1] as number) += amount;
    } else if (kind === "sweep")
      for (let id = 1; id <= 2 * a; id++) (balances[id - 1] as number) += id % 2 === 0 ? amount : -amount;
    else if (kind === "create") tables.add(a);
    else if (kind === "drop") tables.delete(a);
    else if (kind === "fill") fillerRows += a;
    else if (kind === "empty") fillerRows = 0;
  }
  return {
    transactions: rows.length,
    ledgerDigest: digest(rows.map(({ n, kind, a, b, amount }) => `${n}:${kind}:${a}:${b}:${amount}`)),
    balances: digest(balances.map(String)),
    tables: [...tables].sort((a, b) => a - b).join(","),
    fillerRows,
  };
}

/** The tables and the number that a generator goes on from. */
export interface Cursor {
  readonly nextNumber: number;
  readonly tables: readonly number[];
  readonly fillerRows: number;
}

export function cursorAfter(rows: readonly LedgerRow[]): Cursor {
  const { tables, fillerRows } = contentAfter(rows);
  return {
    nextNumber: (rows.at(-1)?.n ?? 0) + 1,
    tables: tables === "" ? [] : tables.split(",").map(Number),
    fillerRows,
  };
}

const digest = (parts: readonly string[]): string => createHash("md5").update(parts.join(",")).digest("hex");
