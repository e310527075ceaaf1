import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { silentLog } from "@/lib/std/log";
import { startControlDatabase } from "@/lib/testing/control-database";
import { makeServiceRow } from "@/lib/testing/service-row";
import {
  cancelOperation,
  enqueueOperation,
  type OperationHandler,
  type Orchestrator,
  readProgress,
  type StepContext,
  startOrchestrator,
} from "./index";
import type { StepBoundary } from "./perform";

const control = startControlDatabase();
const STEPS = ["one", "two", "three"] as const;
let running: Orchestrator | undefined;
let done: string[];
let tellEnded: () => void;
let ended: Promise<void>;

beforeEach(() => {
  done = [];
  ended = new Promise((resolve) => {
    tellEnded = resolve;
  });
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await control().db.operation.deleteMany();
  await control().db.$executeRaw`DELETE FROM graphile_worker._private_jobs`;
});

const step = (name: string) => async () => {
  done.push(name);
  return undefined;
};

const handler: OperationHandler = {
  steps: { one: step("one"), two: step("two"), three: step("three") },
  undo: async () => void done.push("undo"),
  onCancelled: async () => void done.push("cancelled"),
  onFailed: async () => void done.push("failed"),
};

async function start(
  different: Partial<OperationHandler> = {},
  onStepBoundary: (at: StepBoundary) => Promise<void> = async () => {},
): Promise<void> {
  running = await startOrchestrator({
    db: control().db,
    connectionString: control().connectionString,
    handlers: { build: { ...handler, ...different } },
    clock: systemClock,
    log: silentLog,
    computeBackoffMs: () => 0,
    onStepBoundary,
    onEnded: () => tellEnded(),
  });
}

async function ask(): Promise<string> {
  const { db } = control();
  const { id: serviceId, projectId } = await makeServiceRow(db);
  const wanted = { projectId, serviceId, kind: "build", input: {}, steps: STEPS, requestedBy: "ada", nowMs: 1 };
  return db.$transaction((tx) => enqueueOperation(tx, { id: newId(), ...wanted }));
}

const cancel = (operationId: string) =>
  control().db.$transaction((tx) => cancelOperation(tx, { operationId, by: "bob", before: "three", nowMs: 2 }));
const read = (id: string) =>
  control().db.operation.findUniqueOrThrow({ where: { id }, include: { steps: { orderBy: { position: "asc" } } } });

describe("an operation that nobody has begun", () => {
  it("is cancelled at once and never performed", async () => {
    const id = await ask();
    expect(await cancel(id)).toEqual({ outcome: "cancelled" });
    expect(await read(id)).toMatchObject({ state: "CANCELLED", cancelAskedBy: "bob", finishedAt: new Date(2) });
    await start();
    const next = await ask();
    await ended;
    expect(done).toEqual([...STEPS]);
    expect((await read(next)).state).toBe("SUCCEEDED");
    expect((await read(id)).steps.map(({ state }) => state)).toEqual(["PENDING", "PENDING", "PENDING"]);
  });

  it("lets the next one of its service go on", async () => {
    const id = await ask();
    const { serviceId, projectId } = await read(id);
    const wanted = { projectId, serviceId, kind: "build", input: {}, steps: STEPS, requestedBy: "ada", nowMs: 5 };
    const next = await control().db.$transaction((tx) => enqueueOperation(tx, wanted));
    await control().db.$executeRaw`DELETE FROM graphile_worker._private_jobs`;
    await cancel(id);
    await start();
    await ended;
    expect((await read(next)).state).toBe("SUCCEEDED");
  });
});

describe("an operation that runs", () => {
  it.each([
    ["before its first step", { step: "one", when: "before" }, ["one"]],
    ["between two steps", { step: "one", when: "recorded" }, ["one"]],
    ["just before the step that cannot be undone", { step: "two", when: "recorded" }, ["one", "two"]],
  ] as const)("is undone, and then cancelled, when that is asked %s", async (_when, at, steps) => {
    let outcome: unknown;
    await start({}, async ({ operationId, step: name, when }) => {
      if (name === at.step && when === at.when) outcome = await cancel(operationId);
    });
    const id = await ask();
    await ended;
    expect(outcome).toEqual({ outcome: "asked" });
    expect(done).toEqual([...steps, "undo", "cancelled"]);
    expect(await read(id)).toMatchObject({
      state: "CANCELLED",
      cancelAskedBy: "bob",
      error: null,
      leaseExpiresAt: null,
    });
  });

  it("hears of it in the middle of a long step", async () => {
    const waitForAbort = ({ signal, operation }: StepContext) =>
      new Promise<undefined>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        void cancel(operation.id);
      });
    await start({ steps: { ...handler.steps, two: waitForAbort } });
    const id = await ask();
    await ended;
    expect(done).toEqual(["one", "undo", "cancelled"]);
    expect((await read(id)).state).toBe("CANCELLED");
  });

  it.each(["before", "done", "recorded"] as const)(
    "cannot be cancelled once the step that cannot be undone has begun (%s)",
    async (moment) => {
      let outcome: unknown;
      await start({}, async ({ operationId, step: name, when }) => {
        if (name === "three" && when === moment) outcome = await cancel(operationId);
      });
      const id = await ask();
      await ended;
      expect(outcome).toEqual({ outcome: "too-late", step: "three" });
      expect(await read(id)).toMatchObject({ state: "SUCCEEDED", cancelAskedAt: null });
      expect(await cancel(id)).toEqual({ outcome: "too-late", step: undefined });
    },
  );

  it("cannot be cancelled between two attempts at the step that cannot be undone", async () => {
    let attempts = 0;
    let outcome: unknown;
    const three = async ({ operation }: StepContext) => {
      if (++attempts === 1) throw new Error("half of it is done");
      outcome = await cancel(operation.id);
      return undefined;
    };
    await start({ steps: { ...handler.steps, three } });
    const id = await ask();
    await ended;
    expect([outcome, (await read(id)).state]).toEqual([{ outcome: "too-late", step: "three" }, "SUCCEEDED"]);
  });

  it("is cancelled instead of tried again, or of failing, when a step fails meanwhile", async () => {
    const two = async ({ operation }: StepContext) => {
      await cancel(operation.id);
      throw new Error("the disk is slow");
    };
    await start({ steps: { ...handler.steps, two } });
    const id = await ask();
    await ended;
    expect(done).toEqual(["one", "undo", "cancelled"]);
    expect(await read(id)).toMatchObject({ state: "CANCELLED", error: null });
  });
});

describe("progress", () => {
  const told = async (projectId: string, after = 0n) => (await readProgress(control().db, { projectId, after })).events;

  it("tells of every change of an operation, numbered without a gap", async () => {
    await start();
    const id = await ask();
    await ended;
    const { projectId, serviceId } = await read(id);
    const events = await told(projectId);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => BigInt(index + 1)));
    const lines = events.map(({ payload }) => payload as { state: string; step: string | null });
    expect(lines.map(({ state, step: name }) => `${state} ${name}`)).toEqual([
      "RUNNING null",
      ...STEPS.flatMap((name) => [`RUNNING ${name}`, "RUNNING null"]),
      "SUCCEEDED null",
    ]);
    expect(events.at(-1)?.payload).toMatchObject({ operation_id: id, service_id: serviceId, operation: "build" });
  });

  it("goes on after the number that was read last, and says when that is forgotten", async () => {
    await start();
    const { projectId } = await read(await ask());
    await ended;
    const all = await told(projectId);
    expect(await told(projectId, 3n)).toEqual(all.slice(3));
    const { db } = control();
    await db.progressEvent.deleteMany({ where: { projectId, seq: { lte: 4n } } });
    const newest = BigInt(all.length);
    expect(await readProgress(db, { projectId, after: 3n })).toEqual({ events: [], isCut: true, newest });
    expect((await readProgress(db, { projectId, after: 4n })).isCut).toBe(false);
    expect(await readProgress(db, { projectId, after: newest })).toEqual({ events: [], isCut: false, newest });
    expect((await readProgress(db, { projectId, after: newest + 5n })).isCut).toBe(true);
  });
});
