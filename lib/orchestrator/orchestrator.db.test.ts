import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Transaction } from "@/lib/db";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { silentLog } from "@/lib/std/log";
import { startControlDatabase } from "@/lib/testing/control-database";
import {
  enqueueOperation,
  LeaseLostError,
  type OperationFacts,
  type OperationHandler,
  type Orchestrator,
  type OrchestratorOptions,
  startOrchestrator,
} from "./index";

const control = startControlDatabase();
let running: Orchestrator[] = [];
let ended = new Map<string, () => void>();

async function start(handler: OperationHandler, options: Partial<OrchestratorOptions> = {}): Promise<Orchestrator> {
  const orchestrator = await startOrchestrator({
    db: control().db,
    connectionString: control().connectionString,
    handlers: { build: handler },
    clock: systemClock,
    log: silentLog,
    computeBackoffMs: () => 0,
    onEnded: ({ id }) => ended.get(id)?.(),
    ...options,
  });
  running.push(orchestrator);
  return orchestrator;
}

beforeEach(() => {
  running = [];
  ended = new Map();
});

afterEach(async () => {
  await Promise.all(running.map((orchestrator) => orchestrator.stop()));
  await control().db.operation.deleteMany();
});

async function makeService(): Promise<string> {
  const { db } = control();
  const [id, projectId] = [newId(), newId()];
  const at = new Date(0);
  await db.project.create({ data: { id: projectId, name: "p", createdAt: at, maxTtlSeconds: 1, graceSeconds: 1 } });
  await db.service.create({
    data: {
      id,
      projectId,
      name: id,
      image: "postgres-18",
      regionCode: "us-east-1",
      cpuMillis: 500,
      memoryGbs: 2,
      status: "QUEUED",
      createdAt: at,
      passwordSetAt: at,
      scramVerifier: "",
      volumeId: newId(),
    },
  });
  return id;
}

interface AskOptions {
  kind?: string;
  steps?: string[];
  serviceId?: string;
  nowMs?: number;
}

/** Asks for an operation; `end` resolves when an orchestrator of this test has recorded its end. */
async function ask({ kind = "build", steps = ["one", "two"], serviceId, nowMs = 1000 }: AskOptions = {}) {
  const { db } = control();
  const id = newId();
  const service = await db.service.findUniqueOrThrow({ where: { id: serviceId ?? (await makeService()) } });
  const end = new Promise<void>((resolve) => ended.set(id, resolve));
  await db.$transaction((tx) =>
    enqueueOperation(tx, {
      id,
      projectId: service.projectId,
      serviceId: service.id,
      kind,
      input: { a: 1 },
      steps,
      requestedBy: "ada",
      nowMs,
    }),
  );
  return { id, serviceId: service.id, end };
}

async function read(id: string) {
  return control().db.operation.findUniqueOrThrow({
    where: { id },
    include: { steps: { orderBy: { position: "asc" } } },
  });
}

/** A promise and the function that resolves it: the event that a test waits for. */
function makeSignal() {
  let fire = () => {};
  const fired = new Promise<void>((resolve) => {
    fire = resolve;
  });
  return { fired, fire };
}

const renameService = (tx: Transaction, { serviceId }: OperationFacts, name: string) =>
  tx.service.update({ where: { id: serviceId }, data: { name } }).then(() => {});

describe("performing an operation", () => {
  it("runs its steps in order, records what each answered, and hands it to the later ones", async () => {
    const seen: unknown[] = [];
    await start({
      steps: {
        one: async ({ operation }) => {
          seen.push(operation.input, operation.requestedBy);
          return { port: 20001 };
        },
        two: async (context) => {
          seen.push(context.findResult("one"), context.findResult("two"));
          return undefined;
        },
      },
    });
    const { id, end } = await ask();
    await end;
    expect(seen).toEqual([{ a: 1 }, "ada", { port: 20001 }, undefined]);
    const row = await read(id);
    expect(row).toMatchObject({ state: "SUCCEEDED", error: null, leaseExpiresAt: null });
    expect(row.steps.map(({ state, result }) => [state, result])).toEqual([
      ["SUCCEEDED", { port: 20001 }],
      ["SUCCEEDED", null],
    ]);
    expect(row.finishedAt).not.toBeNull();
  });
});
