import type { CommitPoint } from "@/lib/blocks";
import type { Moment } from "@/lib/compute/moment";
import type { Random } from "@/lib/std/random";
import type { RunningService } from "../compute-fixture";
import type { Cursor, LedgerRow } from "./ledger";
import { ACCOUNTS, toStatements } from "./ledger";

const TABLES_MAX = 6;
const FILLER_ROWS_MAX = 6000;

/** Told what the workload sends and what Postgres acknowledged. */
export interface Recorder {
  tried(row: LedgerRow): void;
  acknowledged(row: LedgerRow, commit: CommitPoint): void;
  /** A commit that carries transactions, of whatever statement. */
  moment(commit: CommitPoint): void;
}

type Step = "transaction" | "rollback" | "asynchronous" | "checkpoint" | "vacuum" | "failure";
const STEPS: readonly (readonly [Step, number])[] = [
  ["transaction", 88],
  ["rollback", 3],
  ["asynchronous", 3],
  ["checkpoint", 2],
  ["vacuum", 2],
  ["failure", 2],
];
const KINDS: readonly (readonly [LedgerRow["kind"], number])[] = [
  ["transfer", 800],
  ["sweep", 60],
  ["fill", 80],
  ["create", 25],
  ["drop", 25],
  ["empty", 7],
  ["rewrite", 3],
];
const VACUUMS = ["VACUUM accounts", "VACUUM ledger", "VACUUM filler", "VACUUM (FULL, ANALYZE) accounts", "ANALYZE"];

/** Transfers between accounts, and what else happens in a database, one statement after the other on one connection. */
export class Workload {
  readonly #service: RunningService;
  readonly #random: Random;
  readonly #recorder: Recorder;
  readonly #tables: Set<number>;
  #nextNumber: number;
  #fillerRows: number;
  #told: Moment[] = [];

  constructor(of: { service: RunningService; random: Random; recorder: Recorder; cursor: Cursor }) {
    this.#service = of.service;
    this.#random = of.random;
    this.#recorder = of.recorder;
    this.#nextNumber = of.cursor.nextNumber;
    this.#tables = new Set(of.cursor.tables);
    this.#fillerRows = of.cursor.fillerRows;
    of.service.compute.onMoment((moment) => {
      this.#told.push(moment);
      if (moment.commit > 0) of.recorder.moment(moment);
    });
  }

  async step(): Promise<void> {
    const { sql, compute } = this.#service;
    const step = pickWeighted(this.#random, STEPS);
    if (step === "checkpoint") await compute.checkpoint();
    else if (step === "vacuum") await sql.query(this.#random.pick(VACUUMS));
    else if (step === "failure") await this.#fail();
    else if (step === "rollback") await this.#send(["BEGIN", ...toStatements(this.#nextRow()), "ROLLBACK"]);
    else await this.#transact(step === "asynchronous");
  }

  /** A transaction that Postgres ends itself: nothing of it may ever be seen. */
  async #fail(): Promise<void> {
    const statements = ["BEGIN", ...toStatements(this.#nextRow()), "SELECT 1 / 0", "COMMIT"];
    const { error } = await this.#service.sql.run(statements.join("; "));
    if (error?.code !== "22012") throw new Error(`a transaction that must fail said ${error?.message}`);
    await this.#service.sql.query("ROLLBACK");
  }

  async #transact(isAsynchronous: boolean): Promise<void> {
    const row = this.#nextRow();
    const begin = isAsynchronous ? ["BEGIN", "SET LOCAL synchronous_commit = off"] : ["BEGIN"];
    this.#recorder.tried(row);
    this.#told = [];
    await this.#send([...begin, ...toStatements(row), "COMMIT"]);
    if (isAsynchronous) await this.#service.compute.flush();
    const [commit, ...more] = this.#told.filter((moment) => moment.commit > 0);
    if (!commit || more.length > 0)
      throw new Error(`transaction ${row.n} was told with ${JSON.stringify(this.#told)} for its commits`);
    this.#apply(row);
    this.#recorder.acknowledged(row, { commit: commit.commit, micros: commit.micros });
  }

  /** In one message, or as somebody who types does. */
  async #send(statements: readonly string[]): Promise<void> {
    const { sql } = this.#service;
    if (this.#random.int(12) > 0) await sql.query(statements.join("; "));
    else for (const statement of statements) await sql.query(statement);
  }

  #nextRow(): LedgerRow {
    const random = this.#random;
    const n = this.#nextNumber++;
    const zero = { n, a: 0, b: 0, amount: 0 };
    const kind = pickWeighted(random, KINDS);
    if (kind === "sweep") return { ...zero, kind, a: 1 + random.int(ACCOUNTS / 2), amount: 1 + random.int(9) };
    if (kind === "create" && this.#tables.size < TABLES_MAX) return { ...zero, kind, a: n };
    if (kind === "drop" && this.#tables.size > 0) return { ...zero, kind, a: random.pick([...this.#tables]) };
    if (kind === "fill" && this.#fillerRows < FILLER_ROWS_MAX) return { ...zero, kind, a: 1 + random.int(150) };
    if (kind === "empty" || kind === "fill") return { ...zero, kind: "empty", b: random.int(2) };
    if (kind === "rewrite") return { ...zero, kind };
    const a = 1 + random.int(ACCOUNTS);
    const b = 1 + ((a + random.int(ACCOUNTS - 1)) % ACCOUNTS);
    return { n, kind: "transfer", a, b, amount: 1 + random.int(100) };
  }

  #apply({ kind, a }: LedgerRow): void {
    if (kind === "create") this.#tables.add(a);
    if (kind === "drop") this.#tables.delete(a);
    if (kind === "fill") this.#fillerRows += a;
    if (kind === "empty") this.#fillerRows = 0;
  }
}

export function pickWeighted<Item>(random: Random, weighted: readonly (readonly [Item, number])[]): Item {
  let at = random.next() * weighted.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [item, weight] of weighted) {
    at -= weight;
    if (at < 0) return item;
  }
  return (weighted.at(-1) as readonly [Item, number])[0];
}
