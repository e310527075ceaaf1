import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Transaction } from "@/lib/db";
import { AppError } from "@/lib/std/app-error";
import { AssertionError } from "@/lib/std/assert";
import { type Clock, systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { silentLog } from "@/lib/std/log";
import { startControlDatabase } from "@/lib/testing/control-database";
import { makeServiceRow } from "@/lib/testing/service-row";
import {
  enqueueOperation,
  LeaseLostError,
  type OperationFacts,
  type OperationHandler,
  type Orchestrator,
  type OrchestratorOptions,
  type StepContext,
  startOrchestrator,
} from "./index";
import { requeueUnfinished } from "./orchestrator";
import { addJob } from "./queue";

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
  await control().db.$executeRaw`DELETE FROM graphile_worker._private_jobs`;
});

const makeService = async (): Promise<string> => (await makeServiceRow(control().db)).id;

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

async function countJobs(): Promise<number> {
  const [row] = await control().db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM graphile_worker.jobs`;
  return row?.count ?? 0;
}

describe("asking for an operation", () => {
  it("leaves nothing behind when the transaction that asks is undone", async () => {
    const { db } = control();
    const serviceId = await makeService();
    const { projectId } = await db.service.findUniqueOrThrow({ where: { id: serviceId } });
    const asked = db.$transaction(async (tx) => {
      const facts = { projectId, serviceId, kind: "build", input: {}, requestedBy: null, nowMs: 0 };
      await enqueueOperation(tx, { ...facts, steps: ["one"] });
      throw new Error("changed my mind");
    });
    await expect(asked).rejects.toThrow("changed my mind");
    expect(await db.operation.count()).toBe(0);
    expect(await countJobs()).toBe(0);
  });
});

describe("performing an operation", () => {
  it("runs its steps in order, records what each answered, and hands it to the later ones", async () => {
    const seen: unknown[] = [];
    await start({
      steps: {
        one: async ({ operation }) => {
          seen.push(operation.input, operation.requestedBy, operation.requestedAtMs);
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
    expect(seen).toEqual([{ a: 1 }, "ada", 1000, { port: 20001 }, undefined]);
    const row = await read(id);
    expect(row).toMatchObject({ state: "SUCCEEDED", error: null, leaseExpiresAt: null });
    expect(row.steps.map(({ state, result }) => [state, result])).toEqual([
      ["SUCCEEDED", { port: 20001 }],
      ["SUCCEEDED", null],
    ]);
    expect(row.finishedAt).not.toBeNull();
  });

  it("runs each step once and records it once, however many workers there are", async () => {
    const runs = new Map<string, number>();
    const count = async ({ operation }: StepContext) => {
      runs.set(operation.id, (runs.get(operation.id) ?? 0) + 1);
      return undefined;
    };
    const handler = { steps: { one: count, two: count } };
    await Promise.all([start(handler), start(handler), start(handler)]);
    const asked = await Promise.all(Array.from({ length: 20 }, () => ask()));
    await Promise.all(asked.map(({ end }) => end));
    expect([...runs.values()]).toEqual(asked.map(() => 2));
    expect(await control().db.operation.count({ where: { state: "SUCCEEDED" } })).toBe(20);
    expect(await control().db.operationStep.count({ where: { state: "SUCCEEDED" } })).toBe(40);
  });

  it("performs operations of different services side by side", async () => {
    const [first, second] = [makeSignal(), makeSignal()];
    const meet = async ({ operation }: StepContext) => {
      const isFirst = operation.requestedAtMs === 1;
      (isFirst ? first : second).fire();
      await (isFirst ? second : first).fired;
      return undefined;
    };
    await start({ steps: { one: meet } });
    const asked = [await ask({ steps: ["one"], nowMs: 1 }), await ask({ steps: ["one"], nowMs: 2 })];
    await Promise.all(asked.map(({ end }) => end));
  });

  it("performs operations of one service one after the other, in the order in which they were asked for", async () => {
    const events: string[] = [];
    const step = async ({ operation }: StepContext) => {
      events.push(`begin ${operation.requestedAtMs}`);
      await control().db.$queryRaw`SELECT 1`;
      events.push(`end ${operation.requestedAtMs}`);
      return undefined;
    };
    const serviceId = await makeService();
    const ends: Promise<void>[] = [];
    for (const nowMs of [3, 1, 2]) ends.push((await ask({ steps: ["one"], serviceId, nowMs })).end);
    await Promise.all([start({ steps: { one: step } }), start({ steps: { one: step } })]);
    await Promise.all(ends);
    expect(events).toEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
  });

  it("records success together with what the handler writes then, or neither", async () => {
    let isBroken = true;
    const { db } = control();
    await start({
      steps: { one: async () => undefined },
      onSucceeded: async (tx, operation) => {
        await renameService(tx, operation, `${operation.id}-ready`);
        if (isBroken) {
          isBroken = false;
          throw new Error("the first time it breaks");
        }
      },
    });
    const { id, serviceId, end } = await ask({ steps: ["one"] });
    await end;
    expect((await db.service.findUniqueOrThrow({ where: { id: serviceId } })).name).toBe(`${id}-ready`);
    expect(await read(id)).toMatchObject({ state: "SUCCEEDED", attempt: 2 });
  });

  it("shows how far a step is", async () => {
    let seen: number | null = null;
    await start({
      steps: {
        one: async ({ reportPercent, operation }) => {
          await reportPercent(41.7);
          seen = (await read(operation.id)).steps[0]?.percent ?? null;
          return undefined;
        },
      },
    });
    const { id, end } = await ask({ steps: ["one"] });
    await end;
    expect(seen).toBe(42);
    expect((await read(id)).steps[0]?.percent).toBeNull();
  });
});

describe("a failing step", () => {
  it("is tried again, with its cause readable in between, and the steps before it are not repeated", async () => {
    const runs = { one: 0, two: 0 };
    let errorBetween: string | null = null;
    await start({
      steps: {
        one: async () => ({ run: ++runs.one }),
        two: async ({ operation }) => {
          errorBetween = (await read(operation.id)).error;
          if (++runs.two === 1) throw new Error("the disk is slow\n    at a line that nobody wants to read");
          return undefined;
        },
      },
    });
    const { id, end } = await ask();
    await end;
    expect(runs).toEqual({ one: 1, two: 2 });
    expect(errorBetween).toBe("the disk is slow");
    expect(await read(id)).toMatchObject({ state: "SUCCEEDED", error: null });
  });

  it("fails the operation after five attempts, and the handler's own writes come with the failure", async () => {
    let runs = 0;
    const undone: string[] = [];
    await start({
      steps: {
        one: async () => ({ port: 20001 }),
        two: async () => {
          throw new Error(`broken ${++runs}`);
        },
      },
      undo: async (context, failure) => {
        undone.push(`${failure.step} after ${JSON.stringify(context.findResult("one"))}`);
      },
      onFailed: (tx, operation, failure) => renameService(tx, operation, `${operation.id}: ${failure.message}`),
    });
    const { id, serviceId, end } = await ask();
    await end;
    expect(runs).toBe(5);
    expect(undone).toEqual(['two after {"port":20001}']);
    const row = await read(id);
    expect(row).toMatchObject({ state: "FAILED", error: "broken 5", leaseExpiresAt: null });
    expect(row.steps.map(({ state }) => state)).toEqual(["SUCCEEDED", "FAILED"]);
    const service = await control().db.service.findUniqueOrThrow({ where: { id: serviceId } });
    expect(service.name).toBe(`${id}: broken 5`);
  });

  it("counts attempts anew once the operation has come further", async () => {
    const runs = { one: 0, two: 0 };
    const failFourTimes = async (name: "one" | "two") => {
      if (++runs[name] < 5) throw new Error("not yet");
      return undefined;
    };
    await start({ steps: { one: () => failFourTimes("one"), two: () => failFourTimes("two") } });
    const { id, end } = await ask();
    await end;
    expect(runs).toEqual({ one: 5, two: 5 });
    expect((await read(id)).state).toBe("SUCCEEDED");
  });

  it.each([
    ["what a retry cannot mend", () => new AppError("STORAGE_LOW", "The disk is full."), 1],
    ["a broken invariant", () => new AssertionError("one and one is two"), 1],
    ["a control plane that may be back in a moment", () => new AppError("CONTROL_PLANE", "No answer."), 5],
  ])("tries %s as often as it makes sense", async (_, makeError, attempts) => {
    let runs = 0;
    await start({
      steps: {
        one: async () => {
          runs++;
          throw makeError();
        },
      },
    });
    const { id, end } = await ask({ steps: ["one"] });
    await end;
    expect(runs).toBe(attempts);
    expect(await read(id)).toMatchObject({ state: "FAILED", error: makeError().message });
  });

  it("ends the operation also when what it had made cannot be undone", async () => {
    await start({
      steps: {
        one: async () => {
          throw new AppError("CONFLICT", "The port is taken.");
        },
      },
      undo: async () => {
        throw new Error("and this is broken too");
      },
    });
    const { id, end } = await ask({ steps: ["one"] });
    await end;
    expect(await read(id)).toMatchObject({ state: "FAILED", error: "The port is taken." });
  });

  it("of a kind or a name that nobody knows fails with a sentence instead of waiting forever", async () => {
    await start({ steps: { one: async () => undefined } });
    const asked = [await ask({ kind: "unheard" }), await ask({ steps: ["unknown"] })];
    await Promise.all(asked.map(({ end }) => end));
    const errors = await Promise.all(asked.map(async ({ id }) => (await read(id)).error));
    expect(errors).toEqual([
      'no handler performs operations of the kind "unheard"',
      'the handler of "build" has no step "unknown"',
    ]);
  });
});

// A dead engine's timers do not fire, so its lease runs out; its only worker hangs where it died until the test lets it go on.
const dead = { clock: { ...systemClock, after: () => () => {} } satisfies Clock, concurrency: 1 };
const SHORT_LEASE_MS = 400;

describe("an engine that dies", () => {
  const boundaries = ["one", "two"].flatMap((step) =>
    (["before", "done", "recorded"] as const).map((when) => ({ step, when })),
  );

  it.each(boundaries)("$when step $step is taken over, and recorded steps are not repeated", async (death) => {
    const runs: string[] = [];
    const handler: OperationHandler = {
      steps: {
        one: async () => ({ run: runs.push("one") }),
        two: async ({ findResult }) => ({ run: runs.push("two"), before: findResult("one") ?? null }),
      },
    };
    const [died, revived] = [makeSignal(), makeSignal()];
    await start(handler, {
      ...dead,
      leaseMs: SHORT_LEASE_MS,
      onStepBoundary: async (at) => {
        if (at.step !== death.step || at.when !== death.when) return;
        died.fire();
        await revived.fired;
      },
    });
    const { id, end } = await ask();
    await died.fired;
    await start(handler);
    await end;
    const row = await read(id);
    expect(row).toMatchObject({ state: "SUCCEEDED", fencingToken: 2 });
    const isRepeated = death.when === "done";
    expect(runs.filter((name) => name === death.step)).toHaveLength(isRepeated ? 2 : 1);
    expect(runs).toHaveLength(isRepeated ? 3 : 2);
    revived.fire();
  });

  it("cannot write any more once another has taken over: no result, no success, no failure, nothing of its own", async () => {
    const [died, revived, refused] = [makeSignal(), makeSignal(), makeSignal()];
    const errors: unknown[] = [];
    const attempt = (promise: Promise<unknown>) => promise.catch((error) => void errors.push(error));
    let isFirst = true;
    const one = async (context: StepContext) => {
      if (!isFirst) return { by: "second" };
      isFirst = false;
      died.fire();
      await revived.fired;
      await attempt(context.reportPercent(50));
      await attempt(context.write((tx) => renameService(tx, context.operation, "written by a ghost")));
      refused.fire();
      return { by: "first" };
    };
    const handler: OperationHandler = {
      steps: { one },
      onSucceeded: (tx, operation) => renameService(tx, operation, `${operation.id}-once`),
    };
    const ghost = await start(handler, { ...dead, leaseMs: SHORT_LEASE_MS });
    const { id, serviceId, end } = await ask({ steps: ["one"] });
    await died.fired;
    await start(handler);
    await end;
    const before = await read(id);
    revived.fire();
    await refused.fired;
    await ghost.stop();
    expect(errors.map((error) => error instanceof LeaseLostError)).toEqual([true, true]);
    expect(await read(id)).toEqual(before);
    expect(before.steps[0]?.result).toEqual({ by: "second" });
    const service = await control().db.service.findUniqueOrThrow({ where: { id: serviceId } });
    expect(service.name).toBe(`${id}-once`);
  });

  it("is not waited for when the next one knows that it is gone", async () => {
    const [died, revived] = [makeSignal(), makeSignal()];
    const handler: OperationHandler = { steps: { one: async () => undefined } };
    await start(handler, {
      ...dead,
      leaseMs: 3_600_000,
      onStepBoundary: () => {
        died.fire();
        return revived.fired;
      },
    });
    const { end } = await ask({ steps: ["one"] });
    await died.fired;
    await start(handler, { isOnlyWorker: true });
    await end;
    revived.fire();
  });

  it("again and again over the same step does not do so forever", async () => {
    const { db } = control();
    const { id, end } = await ask({ steps: ["one"] });
    await db.operation.update({ where: { id }, data: { state: "RUNNING", attempt: 5, startedAt: new Date(0) } });
    let runs = 0;
    await start({ steps: { one: async () => ({ runs: ++runs }) } });
    await end;
    expect(runs).toBe(0);
    expect(await read(id)).toMatchObject({
      state: "FAILED",
      error: "The engine ended unexpectedly 5 times while it worked on this.",
    });
  });
});

describe("a lease", () => {
  it("is renewed while a step runs, so that nobody else takes the operation", async () => {
    let renewals = 0;
    const leaseOf = async (id: string) => (await read(id)).leaseExpiresAt?.getTime() ?? 0;
    const handler: OperationHandler = {
      steps: {
        one: async ({ operation }) => {
          for (let last = await leaseOf(operation.id); renewals < 4; ) {
            const next = await leaseOf(operation.id);
            if (next > last) renewals++;
            last = next;
          }
          return undefined;
        },
      },
    };
    // Four renewals, one each third of a lease, outlive a lease by a third.
    await Promise.all([start(handler, { leaseMs: 1_500 }), start(handler, { leaseMs: 1_500 })]);
    const { id, end } = await ask({ steps: ["one"] });
    await end;
    expect(await read(id)).toMatchObject({ state: "SUCCEEDED", fencingToken: 1 });
  });

  it("that was taken away aborts the step", async () => {
    const aborted = makeSignal();
    let reason: unknown;
    const handler: OperationHandler = {
      steps: {
        one: async ({ signal, operation }) => {
          if (operation.requestedBy !== "ada") return undefined;
          await control().db.operation.update({
            where: { id: operation.id },
            data: { fencingToken: { increment: 1 }, requestedBy: "taken" },
          });
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          reason = signal.reason;
          aborted.fire();
          return undefined;
        },
      },
    };
    await start(handler, { leaseMs: SHORT_LEASE_MS });
    const { end } = await ask({ steps: ["one"] });
    await aborted.fired;
    expect(reason).toBeInstanceOf(LeaseLostError);
    await start(handler, { isOnlyWorker: true });
    await end;
  });
});

describe("stopping", () => {
  it("hands unfinished operations back, which the next start goes on with at once", async () => {
    const begun = makeSignal();
    let isStopped = false;
    const handler: OperationHandler = {
      steps: {
        one: async ({ signal }) => {
          if (isStopped) return { done: true };
          begun.fire();
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
          return undefined;
        },
      },
    };
    const first = await start(handler, { leaseMs: 3_600_000 });
    const { id, end } = await ask({ steps: ["one"] });
    await begun.fired;
    await first.stop();
    isStopped = true;
    const between = await read(id);
    expect(between).toMatchObject({ state: "RUNNING", leaseExpiresAt: null, attempt: 0, error: null });
    expect(between.steps[0]?.state).toBe("PENDING");
    await start(handler);
    await end;
    expect((await read(id)).state).toBe("SUCCEEDED");
  });

  it("is over when it resolves: nothing is performed afterwards", async () => {
    let runs = 0;
    const orchestrator = await start({ steps: { one: async () => ({ runs: ++runs }) } });
    await orchestrator.stop();
    await orchestrator.ended;
    const { id } = await ask({ steps: ["one"] });
    expect(await read(id)).toMatchObject({ state: "QUEUED" });
    expect(runs).toBe(0);
  });
});

describe("the queue", () => {
  it("may lose a job: the next start finds the operation by its row", async () => {
    const { id, end } = await ask({ steps: ["one"] });
    await control().db.$executeRaw`SELECT graphile_worker.remove_job(${id})`;
    expect(await countJobs()).toBe(0);
    await start({ steps: { one: async () => undefined } });
    await end;
  });

  it("may deliver a job twice: a finished operation stays as it is", async () => {
    let runs = 0;
    const handler = { steps: { one: async () => ({ runs: ++runs }) } };
    await start(handler);
    const { id, end } = await ask({ steps: ["one"] });
    await end;
    const before = await read(id);
    await control().db.$transaction((tx) => addJob(tx, id));
    const { end: laterEnd } = await ask({ steps: ["one"] });
    await laterEnd;
    expect(await read(id)).toEqual(before);
    expect(runs).toBe(2);
  });

  it("loses the jobs that it will never perform again, and no other", async () => {
    const { db } = control();
    const { id } = await ask({ steps: ["one"] });
    await db.$executeRaw`SELECT graphile_worker.add_job('offshoot_perform', '{}'::json, max_attempts => 1)`;
    await db.$executeRaw`UPDATE graphile_worker._private_jobs SET attempts = 1 WHERE key IS NULL`;
    await requeueUnfinished(db);
    const left = await db.$queryRaw<{ key: string }[]>`SELECT key FROM graphile_worker.jobs`;
    expect(left).toEqual([{ key: id }]);
  });

  it("keeps the pause before a retry, whoever looks for unfinished operations meanwhile", async () => {
    const { db } = control();
    const failed = makeSignal();
    await start(
      {
        steps: {
          one: async () => {
            throw new Error("not yet");
          },
        },
      },
      {
        computeBackoffMs: () => 3_600_000,
        log: { ...silentLog, warn: () => failed.fire() },
      },
    );
    const { id } = await ask({ steps: ["one"] });
    await failed.fired;
    const delayOf = async () => {
      const [job] = await db.$queryRaw<{ minutes: number }[]>`
        SELECT extract(epoch FROM run_at - now())::float8 / 60 AS minutes FROM graphile_worker.jobs WHERE key = ${id}`;
      return job?.minutes ?? 0;
    };
    while ((await read(id)).leaseExpiresAt !== null);
    expect(await delayOf()).toBeGreaterThan(59);
    await requeueUnfinished(db);
    expect(await delayOf()).toBeGreaterThan(59);
  });
});
