import { Counter, collectDefaultMetrics, Gauge as GaugeMetric, Histogram, Registry } from "prom-client";
import type { Database } from "@/lib/db";
import type { OperationFacts } from "@/lib/orchestrator";
import type { Log } from "@/lib/std/log";
import type { Gauge } from "./gauges";

// A fork takes about a second; what takes ten minutes is stuck.
const BUCKETS_S = [0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600];

/** What the engine counts while it runs: of its process, and of operations that come to their end. */
export class EngineMetrics {
  readonly #registry = new Registry();
  readonly #db: Database;
  readonly #log: Log;
  readonly #ended: Counter<"kind" | "state">;
  readonly #steps: Histogram<"kind" | "step">;
  readonly #forkReady: Histogram;

  constructor({ db, log }: { db: Database; log: Log }) {
    this.#db = db;
    this.#log = log;
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#ended = new Counter({
      name: "offshoot_operations_ended_total",
      help: "Operations that came to their end, by kind and how.",
      labelNames: ["kind", "state"],
      registers,
    });
    this.#steps = new Histogram({
      name: "offshoot_operation_step_duration_seconds",
      help: "How long the steps of operations took that came to their end, the last attempt each.",
      labelNames: ["kind", "step"],
      buckets: BUCKETS_S,
      registers,
    });
    this.#forkReady = new Histogram({
      name: "offshoot_fork_ready_seconds",
      help: "From the request of a fork until it was READY.",
      buckets: BUCKETS_S,
      registers,
    });
  }

  /** An operation came to its end, and that is recorded. What cannot be read now is not counted. */
  async count({ id }: Pick<OperationFacts, "id">): Promise<void> {
    try {
      const row = await this.#db.operation.findUnique({ where: { id }, include: { steps: true } });
      if (!row?.finishedAt) return;
      const { kind, state } = row;
      this.#ended.inc({ kind, state });
      for (const { name, startedAt, finishedAt } of row.steps)
        if (startedAt && finishedAt) this.#steps.observe({ kind, step: name }, secondsBetween(startedAt, finishedAt));
      if (kind === "fork" && state === "SUCCEEDED")
        this.#forkReady.observe(secondsBetween(row.requestedAt, row.finishedAt));
    } catch (err) {
      this.#log.warn({ err }, "the end of an operation could not be counted");
    }
  }

  /** Everything in Prometheus's text format, with these gauges. */
  async format(gauges: readonly Gauge[]): Promise<string> {
    const registry = new Registry();
    for (const { name, help, values } of gauges) {
      const labelNames = Object.keys(values[0]?.labels ?? {});
      const gauge = new GaugeMetric({ name, help, labelNames, registers: [registry] });
      for (const { labels, value } of values) gauge.set(labels, value);
    }
    return `${await registry.metrics()}\n${await this.#registry.metrics()}`;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}

// A clock that was set back makes no negative duration.
const secondsBetween = (from: Date, to: Date): number => Math.max(0, to.getTime() - from.getTime()) / 1000;
