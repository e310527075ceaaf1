import { parseArgs } from "node:util";
import { quantile } from "@/lib/bench/figure";
import { Product, queryService, removeData } from "../product";
import { Installation, type Made } from "./installation";
import { startWriters, type Writers } from "./writers";

const LIMIT_MS = 30 * 60_000;
const CLIENTS = 4;
// Made ahead of the measurement, so many at a time.
const ABREAST = 4;

const { values } = parseArgs({
  options: {
    forks: { type: "string", default: "200" },
    running: { type: "string", default: "20" },
    "at-once": { type: "string", default: "8" },
    seconds: { type: "string", default: "20" },
  },
});
const asked = { forks: Number(values.forks), running: Number(values.running), atOnce: Number(values["at-once"]) };

const say = (text: string) => console.log(`${(performance.now() / 1000).toFixed(0).padStart(5)} s  ${text}`);
const failures: string[] = [];
const expectThat = (isSo: boolean, sentence: string) => {
  say(`${isSo ? "ok    " : "FAILED"}  ${sentence}`);
  if (!isSo) failures.push(sentence);
};

setTimeout(() => {
  console.error(`Not done after ${LIMIT_MS / 60_000} minutes.`);
  void Product.stopAll().finally(() => process.exit(1));
}, LIMIT_MS).unref();

const installation = await Installation.start();
try {
  await run();
} catch (error) {
  failures.push(String(error));
  console.error(error);
} finally {
  await Product.stopAll();
  removeData(installation.product.settings);
}
process.exit(failures.length === 0 ? 0 : 1);

async function run(): Promise<void> {
  const source = await installation.create("load-source");
  await fill(source);
  const running = await makeForks(source);
  const writers = await startWriters(source, source.initial_password, CLIENTS);
  const before = await measure(writers, Number(values.seconds) * 1000);
  say(`source before: ${before}`);

  const acknowledged = writers.acknowledged();
  const startedMs = performance.now();
  const times: number[] = [];
  const forks = await Promise.all(
    Array.from({ length: asked.atOnce }, async () => {
      const fork = await installation.fork(source);
      times.push(performance.now() - startedMs);
      return fork;
    }),
  );
  say(`source during: ${describe(writers.takeLatencies())}`);
  say(`${asked.atOnce} forks at once, READY after: ${describe(times)}`);
  await writers.stop();
  await check({ source, forks, running, acknowledged, written: writers.acknowledged() });
}

/** A table of some 20 MiB: forks of it share what nobody writes. */
async function fill({ initial_password, ...source }: Made): Promise<void> {
  const sql = `CREATE TABLE load (id serial PRIMARY KEY, client int, filler text);
    CREATE TABLE kept AS SELECT n, repeat(md5(n::text), 8) AS filler FROM generate_series(1, 60000) AS n`;
  await queryService(source, initial_password, sql);
}

/** Answers those that run. */
async function makeForks(source: Made): Promise<Made[]> {
  const running: Made[] = [];
  const times: number[] = [];
  let left = asked.forks;
  const makeSome = async () => {
    while (left > 0) {
      left--;
      const startedMs = performance.now();
      const fork = await installation.fork(source);
      times.push(performance.now() - startedMs);
      if (running.length < asked.running) running.push(fork);
      else await installation.pause(fork);
      if (left % 25 === 0) say(`${asked.forks - left} of ${asked.forks} forks begun`);
    }
  };
  await Promise.all(Array.from({ length: ABREAST }, makeSome));
  say(`${asked.forks} forks, ${ABREAST} abreast, READY after: ${describe(times)}`);
  return running;
}

async function measure(writers: Writers, forMs: number): Promise<string> {
  writers.takeLatencies();
  await new Promise((resolve) => setTimeout(resolve, forMs));
  return describe(writers.takeLatencies());
}

interface Outcome {
  readonly source: Made;
  readonly forks: readonly Made[];
  readonly running: readonly Made[];
  /** Rows of the source that were acknowledged before the forks were asked for, and at the end. */
  readonly acknowledged: number;
  readonly written: number;
}

async function check({ source, forks, running, acknowledged, written }: Outcome): Promise<void> {
  const listed = await installation.list();
  const count = (status: string) => listed.filter((service) => service.status === status).length;
  const all = asked.forks + asked.atOnce + 1;
  expectThat(listed.length === all, `${listed.length} services of ${all} are there`);
  const ready = asked.running + asked.atOnce + 1;
  expectThat(count("READY") === ready, `${count("READY")} of ${ready} are READY`);
  const paused = asked.forks - asked.running;
  expectThat(count("PAUSED") === paused, `${count("PAUSED")} of ${paused} are PAUSED`);
  const rows = await Promise.all(forks.map((fork) => installation.countRows(fork)));
  const isWhole = rows.every((found) => found >= acknowledged && found <= written);
  expectThat(isWhole, `each new fork has the ${acknowledged} rows that were acknowledged before: ${rows.join(", ")}`);
  const inSource = await installation.countRows(source);
  expectThat(inSource === written, `the source has all ${written} acknowledged rows: ${inSource}`);
  const older = await Promise.all(running.map((fork) => installation.countRows(fork)));
  expectThat(
    older.every((found) => found === 0),
    `the ${running.length} that ran answer, and have none of the rows written after them`,
  );
}

function describe(samplesMs: readonly number[]): string {
  const at = (share: number) => `${quantile(samplesMs, share).toFixed(1)} ms`;
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, longest ${at(1)} (n = ${samplesMs.length})`;
}
