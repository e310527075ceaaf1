import { expect, test } from "vitest";
import type { Database } from "@/lib/db";
import { startReaper } from "@/lib/orchestrator";
import type { Actor } from "@/lib/schemas/actor";
import type { Clock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { type Random, seededRandom } from "@/lib/std/random";
import { startControlDatabase } from "@/lib/testing/control-database";
import { makeActor, servicesContextFor } from "@/lib/testing/services-context";
import type { ServicesContext } from "../context";
import { findNextDue, reapDue } from "../reap";
import { extendService } from "./extend";

// FORKS=10000 npx vitest run lib/services/lifetime/endings.sim.test.ts
const FORKS = Number(process.env.FORKS ?? 200);
const SEED = Number(process.env.SEED ?? 20_261);
const AT_ONCE = 2_000;
const LATE_MS = 5_000;
const POSTPONE_SECONDS = 60;
const [SECOND, MINUTE] = [1_000, 60_000];

const control = startControlDatabase();

/** The time of day, which can be set, over a steady time, in which one timer waits: the reaper's. */
class WildClock implements Clock {
  #steadyMs = 0;
  #setMs: number;
  #timer: { atMs: number; fire: () => void } | undefined;
  #onTimer = () => {};

  constructor(startMs: number) {
    this.#setMs = startMs;
  }

  nowMs = () => this.#steadyMs + this.#setMs;
  nowMicros = () => this.nowMs() * 1_000;
  monotonicMs = () => this.#steadyMs;

  after(delayMs: number, fire: () => void): () => void {
    const timer = { atMs: this.#steadyMs + delayMs, fire };
    this.#timer = timer;
    this.#onTimer();
    return () => {
      if (this.#timer === timer) this.#timer = undefined;
    };
  }

  sleep(): Promise<void> {
    throw new Error("the reaper does not sleep");
  }

  jump(ms: number): void {
    this.#setMs += ms;
  }

  /** Time passes and nobody is there: the machine is off. */
  pass(ms: number): void {
    this.#steadyMs += ms;
  }

  /** Time passes while the reaper works: it has always set its next timer before it does. */
  async work(ms: number): Promise<void> {
    const endMs = this.#steadyMs + ms;
    for (;;) {
      const timer = this.#timer ?? (await this.#nextTimer());
      if (timer.atMs > endMs) break;
      this.#steadyMs = Math.max(this.#steadyMs, timer.atMs);
      this.#timer = undefined;
      timer.fire();
    }
    this.#steadyMs = endMs;
  }

  #nextTimer(): Promise<{ atMs: number; fire: () => void }> {
    return new Promise((resolve) => {
      this.#onTimer = () => this.#timer && resolve(this.#timer);
    });
  }
}

/** A fork as it should be. */
interface Expected {
  endMs: number;
  ttlSeconds: number;
  isPostponed: boolean;
  isEnded: boolean;
}

/** A stretch of steady time in which the time of day went on evenly. */
interface Stretch {
  readonly fromMs: number;
  readonly aheadMs: number;
  readonly isUp: boolean;
}

class Life {
  readonly db: Database;
  readonly random: Random;
  readonly actor: Actor;
  readonly clock: WildClock;
  readonly context: ServicesContext;
  readonly forks = new Map<string, Expected>();
  readonly history: Stretch[] = [];
  readonly steadyByPass = new Map<number, number>();
  reaper: ReturnType<typeof startReaper> | undefined;
  /** New forks come, and people extend them; at last all come to their ends. */
  isGrowing = true;
  worstMs = 0;

  constructor(db: Database, actor: Actor, seed: number) {
    this.db = db;
    this.actor = actor;
    this.random = seededRandom(seed);
    // The night in which clocks in Europe are set forward.
    this.clock = new WildClock(Date.parse("2027-03-28T00:40:00Z") + seed);
    this.context = { ...servicesContextFor(db), clock: this.clock };
  }

  start(): void {
    const { clock, context } = this;
    this.reaper = startReaper({
      clock,
      log: { debug() {}, info() {}, warn() {}, error: ({ err }: { err?: unknown }) => expect(err).toBeUndefined() },
      findNextDueMs: (sinceMs) => findNextDue(sinceMs, { context }),
      reap: async (nowMs) => {
        this.steadyByPass.set(nowMs, clock.monotonicMs());
        await reapDue(nowMs, { context, findClients: (id) => (isBusy(id) ? [CLIENT] : []) });
      },
    });
    this.note(true);
  }

  async stop(): Promise<void> {
    await this.reaper?.stop();
    this.note(false);
  }

  note(isUp: boolean): void {
    const fromMs = this.clock.monotonicMs();
    this.history.push({ fromMs, aheadMs: this.clock.nowMs() - fromMs, isUp });
  }

  async make(count: number): Promise<void> {
    const nowMs = this.clock.nowMs();
    const rows = Array.from({ length: count }, () => {
      const [id, ttlSeconds] = [newId(), 10 + this.random.int(this.random.pick([20, 300, 1_800]))];
      const endMs = nowMs + ttlSeconds * SECOND;
      this.forks.set(id, { endMs, ttlSeconds, isPostponed: false, isEnded: false });
      const at = new Date(nowMs);
      return {
        ...{ id, name: id, projectId: this.actor.projectId, forkedFromId: id, volumeId: newId() },
        ...{ image: "postgres-18", regionCode: "x", cpuMillis: 500, memoryGbs: 2, status: "READY" as const },
        ...{ createdAt: at, scramVerifier: "", passwordSetAt: at, ttlSeconds, expiresAt: new Date(endMs) },
      };
    });
    await this.db.service.createMany({ data: rows });
  }

  /** A person gives a fork another end, sooner or later, in another process: nobody wakes the reaper. */
  async extend(): Promise<void> {
    const living = [...this.forks].filter(([, fork]) => !fork.isEnded);
    if (living.length === 0) return;
    const [id, fork] = this.random.pick(living);
    const inMs = (11 + this.random.int(600)) * SECOND;
    const body = this.random.int(2)
      ? { ttl: `${1 + this.random.int(400)}s` }
      : { expires_at: new Date(this.clock.nowMs() + inMs).toISOString() };
    const { expires_at } = await extendService(this.actor, { serviceId: id, body }, this);
    fork.endMs = Date.parse(expires_at ?? "");
    fork.ttlSeconds = Math.round((fork.endMs - this.clock.nowMs()) / SECOND);
    fork.isPostponed = false;
  }

  /** Compares what has happened with what had to. */
  async check(): Promise<void> {
    const rows = await this.db.service.findMany({
      where: { projectId: this.actor.projectId, OR: [{ status: "EXPIRING" }, { status: "READY", postponed: 1 }] },
      select: { id: true, status: true, expiresAt: true, expiredAt: true },
    });
    for (const { id, status, expiresAt, expiredAt } of rows) {
      const fork = this.forks.get(id);
      if (!fork || !expiresAt) throw new Error(`${id} is nobody's`);
      if (expiresAt.getTime() !== fork.endMs) this.expectPostponed(fork, { id, endMs: expiresAt.getTime() });
      if (status === "EXPIRING") this.expectEnded(fork, expiredAt?.getTime() ?? 0);
    }
    for (const fork of this.forks.values()) if (!fork.isEnded) this.expectInTime(fork, this.clock.monotonicMs());
    const ended = rows.flatMap(({ id, status }) => (status === "EXPIRING" ? [id] : []));
    await this.finish(ended);
  }

  expectPostponed(fork: Expected, { id, endMs }: { id: string; endMs: number }): void {
    expect([isBusy(id), fork.isPostponed]).toEqual([true, false]);
    expect(endMs - fork.endMs).toBe(Math.min(fork.ttlSeconds, POSTPONE_SECONDS) * SECOND);
    fork.endMs = endMs;
    fork.isPostponed = true;
  }

  expectEnded(fork: Expected, expiredAtMs: number): void {
    expect(fork.isEnded, "ended twice").toBe(false);
    expect(expiredAtMs, "ended early").toBeGreaterThanOrEqual(fork.endMs);
    fork.isEnded = true;
    this.expectInTime(fork, this.steadyByPass.get(expiredAtMs) ?? Number.NaN);
  }

  /** For how long, up to then, its time had been over while the reaper was there. */
  expectInTime({ endMs }: Expected, steadyMs: number): void {
    let dueSinceMs = steadyMs;
    for (const { fromMs, aheadMs, isUp } of this.history.toReversed()) {
      if (fromMs > steadyMs) continue;
      const isDueAtMs = endMs - aheadMs;
      if (!isUp || isDueAtMs > dueSinceMs) break;
      dueSinceMs = Math.max(fromMs, isDueAtMs);
      if (isDueAtMs > fromMs) break;
    }
    this.worstMs = Math.max(this.worstMs, steadyMs - dueSinceMs);
    expect(steadyMs - dueSinceMs, "ended late").toBeLessThanOrEqual(LATE_MS);
  }

  /** What the operations do: their Postgres has stopped. */
  async finish(ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    const of = { serviceId: { in: ids }, kind: "expire" };
    await this.db.operation.updateMany({ where: of, data: { state: "SUCCEEDED", finishedAt: new Date(0) } });
    await this.db.service.updateMany({ where: { id: { in: ids } }, data: { status: "EXPIRED" } });
  }

  async happen(): Promise<void> {
    const what = this.random.int(100);
    if (this.isGrowing && what < 40) for (let more = 0; more <= this.forks.size / 100; more++) await this.extend();
    else if (what < 45) await this.restart(this.random.int(90) * SECOND);
    else if (what < 48) this.jump(this.random.int(5 * MINUTE));
    else if (what < 51) this.jump(-this.random.int(2 * MINUTE));
    await this.clock.work(1 + this.random.int(20 * SECOND));
    await this.check();
  }

  /** The engine ends, or the machine is off for a while. */
  async restart(forMs: number): Promise<void> {
    await this.stop();
    this.clock.pass(forMs);
    this.start();
    await this.clock.work(0);
  }

  jump(ms: number): void {
    this.clock.jump(ms);
    this.note(true);
  }
}

const CLIENT = { lastActiveAtMs: 0, state: "in transaction" as const, pins: [] };
/** Somebody is in a transaction on a fifth of them, always. */
const isBusy = (id: string): boolean => id.charCodeAt(0) % 5 === 0;

async function live(seed: number, count: number): Promise<{ ended: number; worstMs: number }> {
  const { db } = control();
  const actor = await makeActor(db);
  await db.project.update({ where: { id: actor.projectId }, data: { postponeSeconds: POSTPONE_SECONDS } });
  const life = new Life(db, actor, seed);
  life.start();
  for (let made = 0; made < count; made += Math.ceil(count / 8)) {
    await life.make(Math.min(Math.ceil(count / 8), count - made));
    for (let step = 0; step < 6; step++) await life.happen();
  }
  life.isGrowing = false;
  while ([...life.forks.values()].some(({ isEnded }) => !isEnded)) await life.happen();
  await life.stop();
  const twice = await db.$queryRaw`
    SELECT service_id FROM operations WHERE kind = 'expire' AND project_id = ${actor.projectId}
    GROUP BY service_id HAVING count(*) > 1`;
  expect(twice).toEqual([]);
  return { ended: life.forks.size, worstMs: life.worstMs };
}

const batches = Array.from({ length: Math.ceil(FORKS / AT_ONCE) }, (_, index) => ({
  seed: SEED + index,
  count: Math.min(AT_ONCE, FORKS - index * AT_ONCE),
}));

test.each(batches)(
  "each fork ends within five seconds of its time, none early and none twice, through extensions, restarts and clock jumps: seed $seed, $count forks",
  async ({ seed, count }) => {
    const { ended, worstMs } = await live(seed, count);
    expect(ended).toBe(count);
    console.log(`seed ${seed}: ${ended} forks, the latest ${worstMs} ms after its time`);
  },
  1_800_000,
);
