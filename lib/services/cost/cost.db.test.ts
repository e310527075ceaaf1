import { describe, expect, test } from "vitest";
import { closeUsage, KEPT_FORKS, monthOf, type Seen } from "@/lib/metering";
import { floorHour, HOUR_MS } from "@/lib/metering/hours";
import {
  budgetDto,
  estimateDto,
  oneServiceCostDto,
  type ProjectCostDto,
  pricesDto,
  projectCostDto,
} from "@/lib/schemas/cost";
import { startControlDatabase } from "@/lib/testing/control-database";
import { startHistory } from "@/lib/testing/history-fixture";
import { expectRefused, setState } from "@/lib/testing/request-fixture";
import { makeActor } from "@/lib/testing/services-context";
import {
  estimateFork,
  getBudget,
  getProjectCost,
  getServiceCost,
  listPrices,
  putBudget,
  putPrices,
  queueBudgetAlerts,
} from "..";

const control = startControlDatabase();
const fixture = startHistory(control);
const options = () => ({ context: fixture().context });
const GIB = 2 ** 30;
const HALF = { cpuMillis: 500, memoryGbs: 2 };
const PRICES = {
  currency: "USD",
  vcpu_hour_micro_cents: 4_000_000,
  gib_hour_micro_cents: 1_000_000,
  storage_gib_month_micro_cents: 73_000_000,
  pinned_billed: true,
};

const see = (...seen: Partial<Seen>[]) =>
  control().db.$transaction((tx) =>
    closeUsage(
      tx,
      seen.map((one) => ({ projectId: fixture().actor.projectId, serviceId: "", atMs: 0, ...one })),
    ),
  );
/** Runs with these bytes for so many hours, up to now. */
async function use(serviceId: string, hours: number, { written = 0, pinned = 0, logical = 0, isRunning = true } = {}) {
  const nowMs = fixture().clock.nowMs();
  const bytes = { written, pinned, logical };
  await see({ serviceId, atMs: nowMs - hours * HOUR_MS, bytes, isRunning, size: HALF }, { serviceId, atMs: nowMs });
}
/** Everything that was used, whenever the test runs. */
const always = () => {
  const hour = (ms: number) => new Date(ms).toISOString();
  const thisHour = floorHour(fixture().clock.nowMs());
  return { from: hour(thisHour - 400 * HOUR_MS), to: hour(thisHour + HOUR_MS) };
};
const aFork = async (name: string, of: { service_id: string }) => {
  const fork = await fixture().aService(name);
  const expiresAt = new Date(fixture().clock.nowMs() + 10 * HOUR_MS);
  await control().db.service.update({
    where: { id: fork.service_id },
    data: { forkedFromId: of.service_id, expiresAt },
  });
  return fork;
};
const projectCost = () => getProjectCost(fixture().actor, always(), options());
const find = (cost: ProjectCostDto, name: string) => cost.services.find((one) => one.name === name);

describe("what a project costs", () => {
  test("is what its services cost, to the micro-cent, those that are purged and what they leave for forks too", async () => {
    const source = await fixture().aService("source");
    const fork = await aFork("fork", source);
    const gone = await aFork("gone", source);
    await setState(control().db, await fixture().aService("never-was"), "FAILED");
    await use(source.service_id, 7, { written: 3 * GIB + 1, logical: GIB });
    await use(fork.service_id, 3.37, { written: 12_345_678, pinned: 87_654_321, logical: 3 * GIB });
    await use(gone.service_id, 1.1, { written: 999, logical: 3 * GIB });
    await use(KEPT_FORKS, 2, { pinned: 357_913_941, isRunning: false });
    const purged = { serviceId: gone.service_id, atMs: fixture().clock.nowMs(), isOver: true };
    await see({ ...purged, isRunning: false, bytes: { written: 0, pinned: 0, logical: 0 } });
    await control().db.service.update({
      where: { id: gone.service_id },
      data: { status: "PURGED", purgedAt: new Date(fixture().clock.nowMs()) },
    });
    const cost = await projectCost();
    expect(projectCostDto.strict().parse(cost)).toEqual(cost);
    expect(cost.engine).toBe("ok");
    expect(cost.services.map(({ name, kind, service_id }) => [name, kind, service_id === null])).toEqual([
      ["source", "service", false],
      ["fork", "fork", false],
      ["gone", "fork", false],
      ["Kept for forks of purged services", "kept_for_forks", true],
    ]);
    for (const field of [
      ...(["compute_micro_cents", "storage_micro_cents", "pinned_micro_cents", "accrued_micro_cents"] as const),
      ...(["per_hour_micro_cents", "full_copy_micro_cents", "avoided_micro_cents"] as const),
    ])
      expect([field, cost[field]]).toEqual([field, cost.services.reduce((sum, one) => sum + one[field], 0)]);
    for (const one of [cost, ...cost.services])
      expect(one.compute_micro_cents + one.storage_micro_cents + one.pinned_micro_cents).toBe(one.accrued_micro_cents);
    expect(find(cost, "gone")).toMatchObject({ now: null, per_hour_micro_cents: 0, forecast_micro_cents: null });
    expect(find(cost, "gone")?.avoided_micro_cents).toBeGreaterThan(0);
    expect(find(cost, "source")?.avoided_micro_cents).toBe(0);
    expect(find(cost, "fork")?.forecast_micro_cents?.low).toBeGreaterThan(0);
  });

  test("is told with the lines that it is computed from", async () => {
    const { service_id } = await fixture().aService("source");
    await use(service_id, 2, { written: GIB, logical: 5 * GIB });
    await putPrices(fixture().actor, PRICES, options());
    const cost = await projectCost();
    expect(find(cost, "source")).toMatchObject({
      compute_micro_cents: 2 * (2_000_000 + 2_000_000),
      storage_micro_cents: 2 * 100_000,
      per_hour_micro_cents: 4_000_000 + 100_000,
      usage: [
        {
          price_book: cost.price_book,
          compute_ms: 2 * HOUR_MS,
          cpu_millis: 500,
          memory_gbs: 2,
          written_byte_ms: `${2n * BigInt(GIB) * BigInt(HOUR_MS)}`,
        },
      ],
    });
  });

  test("is as of the last sample while the engine is silent, and says so", async () => {
    const { service_id } = await fixture().aService("source");
    await use(service_id, 1, { written: GIB });
    const { as_of } = await projectCost();
    fixture().clock.advance(600_000);
    await fixture().silence();
    expect(await projectCost()).toMatchObject({ engine: "silent", as_of });
    expect(await getServiceCost(fixture().actor, { serviceId: service_id }, options())).toMatchObject({
      ...{ engine: "silent", as_of },
      deleting_saves: null,
    });
  });

  test("is asked for in whole hours, the present month if nobody says which", async () => {
    const { actor, clock } = fixture();
    const month = monthOf(clock.nowMs());
    const { from, to } = await getProjectCost(actor, {}, options());
    expect([Date.parse(from), Date.parse(to)]).toEqual([month.fromMs, month.toMs]);
    const half = { from: "2026-11-01T00:30:00Z" };
    await expectRefused(getProjectCost(actor, half, options()), "INVALID_REQUEST", "from");
    const backwards = { from: "2026-11-02T00:00:00Z", to: "2026-11-01T00:00:00Z" };
    await expectRefused(getProjectCost(actor, backwards, options()), "INVALID_REQUEST", "to");
  });
});

describe("what one service costs", () => {
  test("is its line of the project's, with what deleting it saves until its end", async () => {
    const source = await fixture().aService("source");
    const fork = await aFork("fork", source);
    await use(fork.service_id, 4, { written: GIB, logical: 9 * GIB });
    const asked = { serviceId: fork.service_id, query: always() };
    const one = await getServiceCost(fixture().actor, asked, options());
    expect(oneServiceCostDto.strict().parse(one)).toEqual(one);
    expect(one).toMatchObject(find(await projectCost(), "fork") ?? {});
    const { per_hour_micro_cents, to_end_micro_cents } = one.deleting_saves ?? {};
    expect(per_hour_micro_cents).toBeGreaterThanOrEqual(3_120_000);
    expect(Math.round((to_end_micro_cents ?? 0) / (per_hour_micro_cents ?? 1))).toBe(10);
  });

  test("is nobody else's business: of another project there is no such service", async () => {
    const { service_id } = await fixture().aService();
    const stranger = await makeActor(control().db);
    await expectRefused(getServiceCost(stranger, { serviceId: service_id }, options()), "NOT_FOUND");
    await expectRefused(estimateFork(stranger, { serviceId: service_id, body: {} }, options()), "NOT_FOUND");
    expect((await getProjectCost(stranger, {}, options())).services).toEqual([]);
  });
});

describe("prices", () => {
  test("begin with the example; a project's own price all that was used before, and later ones what comes later", async () => {
    const { actor } = fixture();
    const { service_id } = await fixture().aService("source");
    await use(service_id, 2);
    const before = await listPrices(actor, options());
    expect(pricesDto.strict().parse(before)).toEqual(before);
    expect(before.books).toMatchObject([{ is_example: true, id: before.current }]);
    const own = await putPrices(actor, PRICES, options());
    expect(own.books.at(-1)).toMatchObject({ ...PRICES, id: own.current, is_example: false, created_by: actor.name });
    const cost = (await projectCost()).accrued_micro_cents;
    expect(cost).toBe(2 * 4_000_000);
    const later = await putPrices(actor, { ...PRICES, vcpu_hour_micro_cents: 0 }, options());
    expect([later.books.length, later.current]).toEqual([3, own.current]);
    expect((await projectCost()).accrued_micro_cents).toBe(cost);
  });
});

describe("a budget", () => {
  test("says what is spent, and when it is passed; whoever is in charge is told of each part once", async () => {
    const { actor, clock } = fixture();
    const { db } = control();
    const { service_id } = await fixture().aService("source");
    expect(await getBudget(actor, options())).toMatchObject({ monthly_micro_cents: null, passes_at: null });
    const webhook = { id: "webhook000", url: "https://a.test/", sealedSecret: "", events: ["budget.alert"] };
    await db.webhook.create({ data: { ...webhook, projectId: actor.projectId, createdAt: new Date() } });
    // Within this month and hour, whenever that is.
    await see({ serviceId: service_id, atMs: clock.nowMs(), isRunning: true, size: HALF });
    clock.advance(1_000);
    await see({ serviceId: service_id, atMs: clock.nowMs() });
    const spent = (await getBudget(actor, options())).spent_micro_cents;
    expect(spent).toBeGreaterThanOrEqual(866);
    const tight = { monthly_micro_cents: spent + 100, alert_percents: [100, 80] };
    const budget = await putBudget(actor, tight, options());
    expect(budgetDto.strict().parse(budget)).toEqual(budget);
    expect(budget).toMatchObject({ alert_percents: [80, 100], alerted_percent: null, per_hour_micro_cents: 3_120_000 });
    const alert = () => queueBudgetAlerts(db, { nowMs: clock.nowMs(), sendsMail: false });
    await alert();
    await alert();
    expect((await getBudget(actor, options())).alerted_percent).toBe(80);
    const sent = await db.delivery.findMany({ where: { projectId: actor.projectId } });
    expect(sent).toMatchObject([{ event: "budget.alert", target: "webhook000" }]);
    expect(sent[0]?.payload).toMatchObject({ data: { percent: 80, spent_micro_cents: spent } });
  });
});

describe("an estimate", () => {
  test("says what a fork would cost by the hour and to its end, and what a full copy would", async () => {
    const { actor } = fixture();
    const { service_id } = await fixture().aService("source");
    await putPrices(actor, PRICES, options());
    await use(service_id, 1, { written: GIB, logical: 10 * GIB });
    const estimate = await estimateFork(actor, { serviceId: service_id, body: { ttl: "10h" } }, options());
    expect(estimateDto.strict().parse(estimate)).toEqual(estimate);
    expect(estimate).toMatchObject({
      per_hour_micro_cents: 4_000_000,
      full_copy: { per_hour_micro_cents: 5_000_000, to_end_micro_cents: 50_000_000 },
      ready_ms: null,
    });
    expect(estimate.to_end_micro_cents.low).toBe(40_000_000);
    expect(estimate.to_end_micro_cents.high).toBeGreaterThan(40_000_000);
    const larger = { ttl: "10h", cpu_millis: 2000, memory_gbs: 8 };
    const other = await estimateFork(actor, { serviceId: service_id, body: larger }, options());
    expect(other.per_hour_micro_cents).toBe(16_000_000);
  });

  test("of a life or a size that a fork may not have is refused as the fork would be", async () => {
    const { service_id: serviceId } = await fixture().aService();
    const { actor } = fixture();
    await expectRefused(estimateFork(actor, { serviceId, body: { ttl: "5s" } }, options()), "TTL_TOO_SHORT", "ttl");
    const body = { cpu_millis: 4000 };
    await expectRefused(estimateFork(actor, { serviceId, body }, options()), "SIZE_NOT_OFFERED", "cpu_millis");
  });
});
