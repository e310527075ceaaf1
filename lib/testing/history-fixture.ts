import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { EngineServer } from "@/lib/engine-client";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { requestCreate, type ServicesContext } from "@/lib/services";
import type { ControlDatabase } from "./control-database";
import { MemoryStore } from "./memory-store";
import { rowOf, setState } from "./request-fixture";
import { makeActor, type SettableClock, servicesContextFor } from "./services-context";
import { serveStoreEngine } from "./store-engine";

/** A project, an engine that answers for a store in memory, and what a test does with them. */
export interface HistoryFixture {
  readonly actor: Actor;
  readonly clock: SettableClock;
  readonly context: ServicesContext & { clock: SettableClock };
  readonly store: MemoryStore;
  /** A READY service whose volume has this many commits after its first, a second apart. */
  aService(name?: string, commits?: number): Promise<ServiceDto & { volumeId: string }>;
  /** The engine ends. */
  silence(): Promise<void>;
}

/** Fresh for each test of a file: call it once at the top level. */
export function startHistory(control: () => ControlDatabase): () => HistoryFixture {
  let fixture: HistoryFixture | undefined;
  let dataDir: string;
  beforeEach(async () => {
    await control().db.$executeRaw`TRUNCATE services, operations, operation_steps, idempotency_keys CASCADE`;
    dataDir = mkdtempSync(join(tmpdir(), "offshoot-history-"));
    fixture = await makeFixture(control(), dataDir);
  });
  afterEach(async () => {
    await fixture?.silence();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return () => {
    if (!fixture) throw new Error("the fixture is there inside tests");
    return fixture;
  };
}

async function makeFixture({ db }: ControlDatabase, dataDir: string): Promise<HistoryFixture> {
  const plain = servicesContextFor(db);
  const { clock } = plain;
  const store = new MemoryStore(clock);
  const { client, server } = await serveStoreEngine(dataDir, { store, clock });
  const context = { ...plain, engine: client };
  const actor = await makeActor(db);
  return {
    actor,
    clock,
    context,
    store,
    async aService(name = "prod", commits = 5) {
      const service = await requestCreate(actor, { name }, { context });
      await setState(db, service, "READY");
      const { volumeId } = await rowOf(db, service);
      await store.create(volumeId);
      for (let index = 0; index < commits; index++) {
        clock.advance(1_000);
        store.write(volumeId, [`row ${index}`]);
      }
      return { ...service, volumeId };
    },
    silence: closing(server),
  };
}

function closing(server: EngineServer): () => Promise<void> {
  let closed: Promise<void> | undefined;
  return () => {
    closed ??= server.close();
    return closed;
  };
}
