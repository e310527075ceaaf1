import { assert } from "@/lib/std/assert";
import { Mutex } from "@/lib/std/mutex";
import type { Random } from "@/lib/std/random";
import type { RunningService } from "../compute-fixture";
import { cursorAfter, type LedgerRow } from "./ledger";
import type { Line } from "./line";
import type { EngineParts } from "./parts";
import { verifyContent } from "./verify";
import { type Recorder, Workload } from "./workload";

interface Writer {
  readonly line: Line;
  readonly service: RunningService;
  readonly workload: Workload;
}

/** The first line gets so many steps of ten. */
const FIRST_SHARE = 7;

/** Lines that Postgres runs on and that are written to, a step at a time. */
export class Writers {
  readonly #parts: EngineParts;
  readonly #random: Random;
  readonly #turns = new Mutex();
  #running: Writer[] = [];
  #goesOn = true;
  #restarts = 0;

  constructor(parts: EngineParts, random: Random) {
    this.#parts = parts;
    this.#random = random;
  }

  get lines(): Line[] {
    return this.#running.map(({ line }) => line);
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Until `end`. */
  async write(): Promise<void> {
    while (this.#goesOn) {
      await this.#turns.run(async () => {
        const isFirst = this.#running.length === 1 || this.#random.int(10) < FIRST_SHARE;
        const writer = isFirst ? this.#running[0] : this.#random.pick(this.#running);
        if (!writer) return;
        if (this.#random.int(1500) === 0) await this.#restart(writer);
        else await writer.workload.step();
      });
      // Others want to speak to the threads as well.
      await new Promise(setImmediate);
    }
  }

  end(): void {
    this.#goesOn = false;
  }

  /** Nobody writes meanwhile. */
  pause<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#turns.run(work);
  }

  /** Within `pause`. */
  async start(line: Line, at: "first" | "last" = "last"): Promise<RunningService> {
    const service = await this.#parts.start(line);
    this.adopt(line, service, at);
    return service;
  }

  /** Goes on with a compute that runs already. */
  adopt(line: Line, service: RunningService, at: "first" | "last" = "last"): void {
    const writer = { line, service, workload: this.#workloadOf(line, service) };
    if (at === "first") this.#running.unshift(writer);
    else this.#running.push(writer);
  }

  /** Within `pause`. */
  async stop(line: Line): Promise<void> {
    const writer = this.#running.find((each) => each.line === line);
    this.#running = this.#running.filter((each) => each !== writer);
    await writer?.service.compute.stop();
  }

  #workloadOf(line: Line, service: RunningService): Workload {
    const recorder: Recorder = {
      tried() {},
      acknowledged: (row, commit) => line.acknowledge(row, commit),
      moment: ({ commit }) => {
        if (line.moments.at(-1) !== commit) line.moments.push(commit);
      },
    };
    return new Workload({ service, random: this.#random, recorder, cursor: cursorAfter(line.rows()) });
  }

  /** In order, or as a crash would do it in the middle of a transaction. */
  async #restart({ line, service }: Writer): Promise<void> {
    this.#restarts++;
    const at = this.#running[0]?.line === line ? "first" : "last";
    if (this.#random.int(2)) await this.stop(line);
    else await this.#kill(line, service);
    const again = await this.start(line, at);
    const all = line.transactions.length;
    await verifyContent(again.sql, line, { least: all, most: all });
  }

  async #kill(line: Line, service: RunningService): Promise<void> {
    this.#running = this.#running.filter((each) => each.line !== line);
    const row: LedgerRow = {
      n: cursorAfter(line.rows()).nextNumber + 1_000_000,
      kind: "rewrite",
      a: 0,
      b: 0,
      amount: 0,
    };
    await service.sql.query("BEGIN");
    await service.sql.query(`INSERT INTO ledger VALUES (${row.n}, '${row.kind}', 0, 0, 0)`);
    await service.sql.query("UPDATE accounts SET balance = balance + 1");
    await service.compute.kill();
    assert(line.transactions.at(-1)?.row.n !== row.n, "what was never committed is in no list");
  }
}
