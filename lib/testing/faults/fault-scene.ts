import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { Operation } from "@/lib/db";
import type { EngineStore } from "@/lib/runtime/engine/engine-store";
import { reconcile } from "@/lib/runtime/engine/reconcile";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceState } from "@/lib/services/service-state";
import type { ControlDatabase } from "../control-database";
import type { RowStore } from "../row-store";
import { makeActor, servicesContextFor } from "../services-context";
import { SimulatedEngine } from "../simulated-engine";
import { serveStoreEngine } from "../store-engine";

type Store = EngineStore & RowStore;

const TABLES = "services, operations, operation_steps, idempotency_keys, retired_volumes, progress_events, projects";

/** An empty control database and a running engine that can be killed; the store goes on from test to test. */
export class FaultScene {
  readonly engine: SimulatedEngine;
  readonly actor: Actor;
  readonly context: ReturnType<typeof servicesContextFor>;
  /** A commit that a scenario goes back to. */
  noted = 0;
  readonly #control: ControlDatabase;
  readonly #store: Store;
  readonly #stop: () => Promise<void>;

  private constructor(parts: {
    control: ControlDatabase;
    store: Store;
    context: ReturnType<typeof servicesContextFor>;
    actor: Actor;
    stop: () => Promise<void>;
  }) {
    const { control, store, context, actor, stop } = parts;
    this.#control = control;
    this.#store = store;
    this.#stop = stop;
    this.context = context;
    this.actor = actor;
    this.engine = new SimulatedEngine(control, store, context.clock);
  }

  static async open(control: ControlDatabase, store: Store): Promise<FaultScene> {
    await control.db.$executeRawUnsafe(`TRUNCATE ${TABLES} CASCADE`);
    await control.db.$executeRaw`DELETE FROM graphile_worker._private_jobs`;
    for (const { volumeId } of await store.list()) if (!volumeId.startsWith("tpl0")) await store.delete(volumeId);
    const plain = servicesContextFor(control.db);
    const dataDir = mkdtempSync(join(tmpdir(), "offshoot-faults-"));
    const { client, server } = await serveStoreEngine(dataDir, { store, clock: plain.clock });
    const stop = async () => {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    };
    const context = { ...plain, engine: client };
    return new FaultScene({ control, store, context, actor: await makeActor(control.db), stop });
  }

  get db() {
    return this.#control.db;
  }

  get options() {
    return { context: this.context };
  }

  async close(): Promise<void> {
    await this.engine.bury();
    await this.#stop();
  }

  /** Asks, and waits until it is done. */
  async done<Asked>(asked: Promise<Asked>): Promise<Asked> {
    const answer = await asked;
    await this.engine.settled();
    return answer;
  }

  /** Remembers what the service holds now. */
  async note(serviceId: string): Promise<void> {
    const { volumeId } = await this.row(serviceId);
    const volume = await this.#store.find(volumeId);
    this.noted = volume?.head.commit ?? 0;
  }

  row = (serviceId: string) => this.db.service.findUniqueOrThrow({ where: { id: serviceId } });

  /** The last operation that was asked for. */
  async last(serviceId: string): Promise<Operation & { steps: { state: string }[] }> {
    return this.db.operation.findFirstOrThrow({
      where: { serviceId },
      orderBy: { requestedAt: "desc" },
      include: { steps: { orderBy: { position: "asc" } } },
    });
  }

  /** The service is in this state, and what is there of it is what belongs to that state, and nothing else is there at all. */
  async expectSettled(serviceId: string, state: ServiceState, rows: readonly string[] | undefined): Promise<void> {
    const row = await this.row(serviceId);
    expect(row.status, row.statusReason ?? "").toBe(state);
    const { plane } = this.engine;
    const isServed = state === "READY";
    expect(plane.isRunning(serviceId), "its Postgres runs").toBe(isServed);
    const hasPort = isServed || state === "PAUSED" || state === "EXPIRED";
    expect(plane.findPort(serviceId), "its port").toBe(hasPort ? (row.directPort ?? undefined) : undefined);
    const isThere = state !== "FAILED" && state !== "PURGED";
    expect((await this.#store.find(row.volumeId)) !== undefined, "its volume is there").toBe(isThere);
    if (isServed && rows) expect(plane.rows(serviceId)).toEqual(rows);
    expect(await this.strays()).toEqual({ volumes: [], open: [], running: [], holds: [], jobs: [] });
  }

  /** What is left behind once the queue has taken every job: a second at most. */
  async strays() {
    const sources = { db: this.db, store: this.#store, services: this.engine.plane, jobsDueForMs: 0 };
    let strays = await reconcile(sources);
    while (strays.jobs.length > 0) strays = await reconcile(sources);
    return strays;
  }
}
