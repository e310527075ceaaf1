import { operationHandlers } from "@/lib/operations";
import { type Orchestrator, type StepBoundary, startOrchestrator } from "@/lib/orchestrator";
import { listServed } from "@/lib/services";
import { type Clock, systemClock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import type { ControlDatabase } from "./control-database";
import type { RowStore } from "./row-store";
import { SimulatedDataPlane } from "./simulated-data-plane";

type At = Omit<StepBoundary, "operationId">;

class KilledError extends Error {}

const LOOK_MS = 500;

/**
 * An engine to kill: the real orchestrator and the real operations on a simulated data plane. What a killed process did
 * not write stays unwritten; what ran in it is gone.
 */
export class SimulatedEngine {
  readonly plane: SimulatedDataPlane;
  readonly #control: ControlDatabase;
  readonly #clock: Clock;
  readonly #running: Orchestrator[] = [];
  readonly #endings = new Set<() => void>();
  readonly #corpses: (() => void)[] = [];
  #life = { isOver: false };
  #atBoundary: (boundary: StepBoundary) => Promise<void> = async () => {};

  constructor(control: ControlDatabase, store: RowStore, clock: Clock) {
    this.#control = control;
    this.#clock = clock;
    this.plane = new SimulatedDataPlane(store);
  }

  async start(): Promise<void> {
    const { db } = this.#control;
    for (const { isAsleep, port, ...compute } of await listServed(db)) {
      const { serviceId } = compute;
      if (!isAsleep) await this.plane.computes.start(compute);
      await this.plane.endpoints.open({ serviceId, port });
    }
    await this.#startOrchestrator();
  }

  async #startOrchestrator(): Promise<void> {
    const { db, connectionString } = this.#control;
    const atBoundary = this.#atBoundary;
    const life = { isOver: false };
    this.#life = life;
    const clock: Clock = {
      ...this.#clock,
      after: (delayMs, fire) => this.#clock.after(delayMs, () => life.isOver || fire()),
    };
    const orchestrator = await startOrchestrator({
      db,
      connectionString,
      handlers: operationHandlers({ plane: this.plane, db, clock: this.#clock }),
      clock,
      log: silentLog,
      isOnlyWorker: true,
      computeBackoffMs: () => 0,
      onStepBoundary: atBoundary,
      onEnded: () => {
        for (const tell of [...this.#endings]) tell();
      },
    });
    this.#running.push(orchestrator);
  }

  /** Calls `meet` when an operation comes to this point, once; it goes on when the promise resolves. Before `start`. */
  meetAt(at: At, meet: () => Promise<void>): void {
    let isMet = false;
    this.#atBoundary = async ({ kind, step, when }) => {
      if (isMet || kind !== at.kind || step !== at.step || when !== at.when) return;
      isMet = true;
      await meet();
    };
  }

  /** Dies when an operation comes to this point; resolves when the process is dead. Before `start`. */
  async dieAt(at: At): Promise<void> {
    await new Promise<void>((resolve) => {
      this.meetAt(at, async () => {
        // Its leases are renewed no more.
        this.#life.isOver = true;
        resolve();
        // The dead do nothing more: this goes on only to fail, after the test.
        await new Promise((_resolve, reject) => this.#corpses.push(() => reject(new KilledError("killed"))));
      });
    });
    this.#atBoundary = async () => {};
    await this.plane.crash();
  }

  /** Ends the orchestrator, and starts another one in the same engine: what runs and what is open stays. */
  async replace(): Promise<void> {
    this.#atBoundary = async () => {};
    await Promise.all(this.#running.splice(0).map((orchestrator) => orchestrator.stop().catch(() => {})));
    await this.#startOrchestrator();
  }

  /** Resolves when nothing that was asked for is unfinished. */
  async settled(): Promise<void> {
    for (;;) {
      let tell = () => {};
      const ended = new Promise<void>((resolve) => {
        tell = resolve;
      });
      this.#endings.add(tell);
      const open = await this.#control.db.operation.count({ where: { finishedAt: null } });
      // An end is told by who recorded it; one that died in between did not.
      if (open > 0) await Promise.race([ended, systemClock.sleep(LOOK_MS)]);
      this.#endings.delete(tell);
      if (open === 0) return;
    }
  }

  /** Ends everything, corpses too. */
  async bury(): Promise<void> {
    for (const fail of this.#corpses.splice(0)) fail();
    await Promise.all(this.#running.splice(0).map((orchestrator) => orchestrator.stop()));
    await this.plane.crash();
  }
}
