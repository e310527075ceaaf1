import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { OPERATION_STEPS } from "@/lib/schemas/operation-steps";
import { requestCancel } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { startControlDatabase } from "@/lib/testing/control-database";
import { BOUNDARIES, CANCELLABLE, SEED, sampled } from "@/lib/testing/faults/fault-cases";
import { FaultScene } from "@/lib/testing/faults/fault-scene";
import { SCENARIOS, type Scenario } from "@/lib/testing/faults/scenarios";
import { openTestStore } from "@/lib/testing/row-store";

const control = startControlDatabase();
let shelf: Awaited<ReturnType<typeof openTestStore>>;
let scene: FaultScene;

beforeAll(async () => {
  shelf = await openTestStore();
});
afterAll(() => shelf.remove());
const open = async () => {
  scene = await FaultScene.open(control(), shelf.store);
};
beforeEach(open);
afterEach(() => scene.close());

const scenarioOf = (name: string): Scenario => {
  const scenario = SCENARIOS[name];
  if (!scenario) throw new Error(`there is no scenario ${name}`);
  return scenario;
};

async function prepare(scenario: Scenario): Promise<string> {
  const serviceId = await scenario.prepare(scene);
  await scene.engine.settled();
  return serviceId ?? "";
}

async function expectDone({ to, rows, kind }: Scenario, serviceId: string): Promise<void> {
  await scene.expectSettled(serviceId, to, rows);
  const last = await scene.last(serviceId);
  expect([last.kind, last.state, last.error]).toEqual([kind, "SUCCEEDED", null]);
  expect(last.steps.map(({ state }) => state)).toEqual(last.steps.map(() => "SUCCEEDED"));
}

/** Prepares on an engine that lives, and goes on with one that will not: what is prepared is of other kinds, or the same. */
async function meet(name: string, step: string, when: "before" | "done" | "recorded") {
  const scenario = scenarioOf(name);
  await scene.engine.start();
  const serviceId = await prepare(scenario);
  await scene.engine.bury();
  return { scenario, serviceId, at: { kind: scenario.kind, step, when } };
}

test("there is a scenario of every kind that has steps", () => {
  const kinds = new Set(Object.values(SCENARIOS).map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(Object.keys(OPERATION_STEPS).sort());
});

describe(`an engine (seed ${SEED})`, () => {
  test.each(sampled(BOUNDARIES, 12))(
    "killed in %s, at the step %s (%s), is gone on for by the next one",
    async (...place) => {
      const { scenario, serviceId, at } = await meet(...place);
      const died = scene.engine.dieAt(at);
      await scene.engine.start();
      const asked = await scenario.ask(scene, serviceId);
      await died;
      await scene.engine.start();
      await scene.engine.settled();
      await expectDone(scenario, asked);
    },
  );

  test.each(sampled(BOUNDARIES, 4))(
    "whose control database is gone for a moment in %s, at the step %s (%s), ends it all the same",
    async (...place) => {
      const { scenario, serviceId, at } = await meet(...place);
      let answer = () => {};
      const answered = new Promise<void>((resolve) => {
        answer = resolve;
      });
      const lost = new Promise<void>((resolve) => {
        scene.engine.meetAt(at, async () => {
          await answered;
          await scene.db.$executeRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()`;
          resolve();
        });
      });
      await scene.engine.start();
      const asked = await scenario.ask(scene, serviceId);
      answer();
      await lost;
      // Whoever watches the queue starts it again.
      await scene.engine.replace();
      await scene.engine.settled();
      await expectDone(scenario, asked);
    },
  );
});

describe(`an operation (seed ${SEED})`, () => {
  test.each(sampled(CANCELLABLE, 5))(
    "cancelled in %s, at the step %s (%s), leaves everything as it was",
    async (...place) => {
      const { scenario, serviceId, at } = await meet(...place);
      scene.engine.meetAt(at, async () => {
        const { id } = await scene.db.operation.findFirstOrThrow({ where: { state: "RUNNING" } });
        await requestCancel(scene.actor, id, scene.options);
      });
      await scene.engine.start();
      const asked = await scenario.ask(scene, serviceId);
      await scene.engine.settled();
      expect((await scene.last(asked)).state).toBe("CANCELLED");
      const state = scenario.cancelledTo ?? scenario.orElse ?? scenario.to;
      await scene.expectSettled(asked, state, scenario.rowsBefore);
    },
  );

  test.each(
    sampled(
      Object.keys(SCENARIOS).filter((name) => canWait(scenarioOf(name))),
      4,
    ),
  )(
    "of the kind %s that is cancelled before anybody begins leaves everything as it was, also for an engine that comes later",
    async (name) => {
      const { scenario, serviceId } = await meet(name, "", "before");
      const asked = await scenario.ask(scene, serviceId);
      const { id } = await scene.last(asked);
      await requestCancel(scene.actor, id, scene.options);
      await scene.engine.start();
      await scene.engine.settled();
      expect((await scene.last(asked)).state).toBe("CANCELLED");
      const state = scenario.cancelledTo ?? scenario.orElse ?? scenario.to;
      await scene.expectSettled(asked, state, scenario.rowsBefore);
    },
  );

  const names = sampled(Object.keys(SCENARIOS), 3);

  test.each(names)("(%s) of which anything fails once ends as if nothing had", async (name) => {
    for (const act of await actsOf(name)) {
      await reopen();
      await scene.engine.start();
      const serviceId = await prepare(scenarioOf(name));
      scene.engine.plane.failNext(act, new Error(`${act} failed once`));
      const asked = await scenarioOf(name).ask(scene, serviceId);
      await scene.engine.settled();
      await expectDone(scenarioOf(name), asked);
    }
  });

  test.each(names.filter((name) => scenarioOf(name).orElse !== undefined))(
    "(%s) of which anything fails for good leaves everything as it was",
    async (name) => {
      const { orElse, rowsBefore } = scenarioOf(name);
      for (const act of await actsOf(name)) {
        await reopen();
        await scene.engine.start();
        const serviceId = await prepare(scenarioOf(name));
        scene.engine.plane.failNext(act, new AppError("NOT_OFFERED", `${act} failed for good.`));
        const asked = await scenarioOf(name).ask(scene, serviceId);
        await scene.engine.settled();
        expect((await scene.last(asked)).error, act).toBe(`${act} failed for good.`);
        await scene.expectSettled(asked, orElse ?? "READY", rowsBefore);
      }
    },
  );
});

const canWait = ({ kind }: Scenario): boolean =>
  CANCELLABLE.some(([name]) => scenarioOf(name).kind === kind) || kind === "pause" || kind === "resize";

async function reopen(): Promise<void> {
  await scene.close();
  await open();
}

/** What it does outside of the control database. */
async function actsOf(name: string) {
  await scene.engine.start();
  const serviceId = await prepare(scenarioOf(name));
  const before = scene.engine.plane.acts.length;
  await scenarioOf(name).ask(scene, serviceId);
  await scene.engine.settled();
  return scene.engine.plane.actsSince(before);
}
