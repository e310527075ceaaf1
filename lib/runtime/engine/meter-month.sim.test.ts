import { afterEach, expect, test } from "vitest";
import type { History, LogShare } from "@/lib/blocks";
import { assessCost, type Prices, putPriceBook, readUsage } from "@/lib/metering";
import { HOUR_MS } from "@/lib/metering/hours";
import { NO_BYTES } from "@/lib/metering/meter";
import { type PriceBook, splitByBooks } from "@/lib/metering/price-book";
import type { Actor } from "@/lib/schemas/actor";
import { requestCreate } from "@/lib/services";
import { silentLog } from "@/lib/std/log";
import { type Random, seededRandom } from "@/lib/std/random";
import { startControlDatabase } from "@/lib/testing/control-database";
import { ManualClock } from "@/lib/testing/manual-clock";
import { setState } from "@/lib/testing/request-fixture";
import { makeActor, servicesContextFor } from "@/lib/testing/services-context";
import { type MeterSampler, startMeter } from "./meter-sampler";

const control = startControlDatabase();
const MONTH = { fromMs: Date.UTC(2026, 10, 1), toMs: Date.UTC(2026, 11, 1) };
/** The last sample may be after the month's end. */
const READ = { fromMs: MONTH.fromMs, toMs: MONTH.toMs + 24 * HOUR_MS };
const SIZES = [
  { cpuMillis: 0, memoryGbs: 0 },
  { cpuMillis: 500, memoryGbs: 2 },
  { cpuMillis: 1000, memoryGbs: 4 },
  { cpuMillis: 2000, memoryGbs: 8 },
] as const;

type Size = (typeof SIZES)[number];
interface Held {
  readonly written: number;
  readonly pinned: number;
}

/** What really was, for as long as it held. */
interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly size: Size;
  readonly isRunning: boolean;
  readonly held: Held;
}

/** A service as a month of it is told: what is charged follows from its stretches alone. */
class Told {
  readonly serviceId: string;
  readonly volumeId: string;
  /** On the disk now, and at the last sample that was written down. */
  bytes: Held = { written: 0, pinned: 0 };
  #seen: Held = { written: 0, pinned: 0 };
  isRunning = false;
  size: Size = SIZES[1];
  #sinceMs = MONTH.fromMs;
  #stretches: Stretch[] = [];
  /** Since the last sample: lost when the engine dies. */
  #unsaved: Stretch[] = [];

  constructor({ serviceId, volumeId }: { serviceId: string; volumeId: string }) {
    this.serviceId = serviceId;
    this.volumeId = volumeId;
  }

  change(atMs: number, what: Partial<Pick<Told, "isRunning" | "size">>): void {
    this.#close(atMs);
    Object.assign(this, what);
  }

  sampled(atMs: number): void {
    this.#close(atMs);
    this.#stretches.push(...this.#unsaved);
    this.#unsaved = [];
    this.#seen = this.bytes;
  }

  /** Nobody saw what ran since the last sample; what it held, it goes on holding. */
  engineDied(atMs: number): void {
    this.#close(atMs);
    this.#unsaved = this.#unsaved.map((stretch) => ({ ...stretch, isRunning: false }));
    this.isRunning = false;
  }

  charge(books: readonly PriceBook[]) {
    const sums = { compute: 0n, storage: 0n, pinned: 0n };
    for (const { book, ...part } of splitByBooks(books, READ)) {
      const exact = { compute: 0n, storage: 0n, pinned: 0n };
      for (const { size, isRunning, held, ...stretch } of this.#stretches) {
        const ms = BigInt(Math.max(0, Math.min(stretch.toMs, part.toMs) - Math.max(stretch.fromMs, part.fromMs)));
        const perHour = book.vcpuHour * BigInt(size.cpuMillis) + 1000n * book.gibHour * BigInt(size.memoryGbs);
        if (isRunning) exact.compute += ms * perHour;
        exact.storage += ms * BigInt(held.written) * book.storageGibMonth;
        if (book.pinnedBilled) exact.pinned += ms * BigInt(held.pinned) * book.storageGibMonth;
      }
      sums.compute += exact.compute / 3_600_000_000n;
      sums.storage += exact.storage / (2n ** 30n * 730n * 3_600_000n);
      sums.pinned += exact.pinned / (2n ** 30n * 730n * 3_600_000n);
    }
    return sums;
  }

  #close(atMs: number): void {
    const { size, isRunning } = this;
    this.#unsaved.push({ fromMs: this.#sinceMs, toMs: atMs, size, isRunning, held: this.#seen });
    this.#sinceMs = atMs;
  }
}

/** A month, from sample to sample: what runs and what is held changes, samples fail or come twice, the engine ends or dies. */
class Month {
  readonly #random: Random;
  readonly #actor: Actor;
  readonly #told: readonly Told[];
  #clock = new ManualClock(MONTH.fromMs);
  #meter: MeterSampler | undefined;
  #isStoreAway = false;

  constructor(random: Random, { actor, told }: { actor: Actor; told: readonly Told[] }) {
    this.#random = random;
    this.#actor = actor;
    this.#told = told;
  }

  async run(): Promise<void> {
    await this.#start();
    while (this.#clock.nowMs() < MONTH.toMs) {
      this.#change();
      await this.#pass(1 + this.#random.int(5 * HOUR_MS));
      if (this.#random.int(40) === 0) await this.#changePrices();
      if (this.#random.int(25) === 0) await this.#restart();
    }
    await this.stop();
  }

  async stop(): Promise<void> {
    const { nowMs } = this;
    for (const told of this.#told) this.#setRunning(told, false);
    await this.#meter?.stop();
    for (const told of this.#told) told.sampled(nowMs);
    this.#meter = undefined;
  }

  get nowMs(): number {
    return this.#clock.nowMs();
  }

  async #start(): Promise<void> {
    const store: Pick<History, "shares"> = { shares: async () => this.#shares() };
    this.#meter = await startMeter({ db: control().db, store, clock: this.#clock, log: silentLog });
    await this.#sample();
  }

  #shares() {
    if (this.#isStoreAway) throw new Error("the store does not answer");
    return { logs: this.#told.map(toShare), otherBytes: 0 };
  }

  async #sample(): Promise<void> {
    const atMs = await this.#meter?.close();
    expect(atMs).toBe(this.nowMs);
    for (const told of this.#told) told.sampled(this.nowMs);
  }

  #change(): void {
    for (const told of this.#told)
      switch (this.#random.int(6)) {
        case 0:
        case 1:
          this.#setRunning(told, !told.isRunning);
          break;
        case 2:
          told.bytes = { written: this.#random.int(2 ** 38), pinned: this.#random.int(2 ** 34) };
      }
  }

  #setRunning(told: Told, isRunning: boolean): void {
    if (told.isRunning === isRunning) return;
    told.change(this.nowMs, { isRunning });
    if (isRunning) this.#meter?.started(told.serviceId, told.size);
    else this.#meter?.stopped(told.serviceId);
  }

  /** Time passes, the meter samples by itself; now and then that fails, and now and then it is repeated. */
  async #pass(ms: number): Promise<void> {
    const isLost = this.#random.int(4) === 0;
    this.#isStoreAway = isLost;
    this.#clock.advance(ms);
    if (isLost) {
      await expect(this.#meter?.close()).rejects.toThrow("the store does not answer");
      this.#isStoreAway = false;
      return;
    }
    await this.#sample();
    if (this.#random.int(5) === 0) await this.#sample();
    if (this.#random.int(5) === 0) await this.#resize();
  }

  async #resize(): Promise<void> {
    const told = this.#told[this.#random.int(this.#told.length)] as Told;
    const size = SIZES[this.#random.int(SIZES.length)] as Size;
    this.#setRunning(told, false);
    told.change(this.nowMs, { size });
    await control().db.service.update({ where: { id: told.serviceId }, data: size });
    this.#setRunning(told, true);
  }

  async #restart(): Promise<void> {
    if (this.#random.int(2) === 0) await this.stop();
    else for (const told of this.#told) told.engineDied(this.nowMs);
    // For one that was killed time stands still.
    this.#clock = new ManualClock(this.nowMs + this.#random.int(3 * HOUR_MS));
    await this.#start();
  }

  async #changePrices(): Promise<void> {
    const price = () => BigInt(this.#random.int(10_000_000));
    const prices: Prices = {
      currency: "USD",
      vcpuHour: price(),
      gibHour: price(),
      storageGibMonth: price(),
      pinnedBilled: this.#random.int(2) === 0,
    };
    const effectiveFromMs = (Math.floor(this.nowMs / HOUR_MS) + this.#random.int(30)) * HOUR_MS;
    const { projectId, name: by } = this.#actor;
    await control().db.$transaction((tx) => putPriceBook(tx, { projectId, prices, effectiveFromMs, by }, this.nowMs));
  }
}

function toShare({ volumeId, bytes }: Told): LogShare {
  const figures = { headBytes: bytes.written, historyBytes: 0, keptForForksBytes: bytes.pinned };
  return {
    ...{ volumeId, isLiving: true, logicalBytes: 2 * bytes.written, heirs: [] },
    figures: { ...figures, garbageBytes: 0, metadataBytes: 0 },
  };
}

let month: Month | undefined;
afterEach(() => month?.stop());

/** More of them: METER_SEEDS=100 npx vitest run lib/runtime/engine/meter-month */
const SEEDS = Number(process.env.METER_SEEDS ?? 2);
for (let seed = 1; seed <= SEEDS; seed++)
  test(`a month of starts, stops, sizes, prices, restarts, crashes, lost and repeated samples is charged to the micro-cent (seed ${seed})`, async () => {
    const { db } = control();
    await db.$executeRaw`TRUNCATE services, operations, usage_meters, usage_hours CASCADE`;
    const actor = await makeActor(db);
    const told: Told[] = [];
    for (const name of ["source", "one", "two", "three"]) {
      const service = await requestCreate(actor, { name }, { context: servicesContextFor(db) });
      await setState(db, service, "READY");
      const { volumeId } = await db.service.findUniqueOrThrow({ where: { id: service.service_id } });
      told.push(new Told({ serviceId: service.service_id, volumeId }));
    }
    month = new Month(seededRandom(seed), { actor, told });
    await month.run();
    const { books, services } = await readUsage(db, { projectId: actor.projectId, span: READ }, month.nowMs);
    const life = { sinceMs: MONTH.fromMs, endsAtMs: null, isFork: true };
    for (const one of told) {
      const used = services.get(one.serviceId);
      const charged = used && assessCost(used, life, books).accrued;
      const { compute, storage, pinned } = one.charge(books);
      expect(charged).toMatchObject({ compute, storage, pinned });
      expect(compute > 0n && storage > 0n && pinned > 0n).toBe(true);
      expect(used?.meter?.bytes).toMatchObject({ ...NO_BYTES, ...one.bytes, logical: 2 * one.bytes.written });
    }
  });
