import { expect, test } from "vitest";
import { silentLog } from "@/lib/std/log";
import { type Random, seededRandom } from "@/lib/std/random";
import { isIdle } from "../frame";
import type { Limits } from "../limits";
import { ModelVolume } from "../simulation/model-volume";
import { makeUnsteadyClock, pickLimits } from "../simulation/setup";
import { changeVolume } from "../simulation/volume-workload";
import { BARE_DIR, BareLogs, type FramePlace } from "./bare-logs.fixture";
import { Ingest } from "./ingest";
import { findReachable, nameOf, type Slots } from "./reachable.fixture";

const SEEDS = 40;
const STEPS = 60;

interface RecordedCommit extends FramePlace {
  readonly commit: number;
  readonly micros: number;
  readonly moments: number;
}

interface RecordedLog {
  readonly log: number;
  readonly commits: RecordedCommit[];
  readonly models: ModelVolume[];
}

class Run {
  readonly random: Random;
  readonly limits: Limits;
  readonly logs: BareLogs;
  readonly recorded: RecordedLog[] = [];
  #ingest: Ingest;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.limits = pickLimits(this.random);
    this.logs = new BareLogs({ random: this.random, clock: makeUnsteadyClock(this.random), limits: this.limits });
    this.#ingest = this.freshIngest();
  }

  freshIngest(): Ingest {
    const { device } = this.logs;
    return new Ingest({ device, storeDir: BARE_DIR, reader: this.logs.reader(), log: silentLog, cacheBytes: 4096 });
  }

  begin(log: number, model: ModelVolume): RecordedLog {
    const { commit, micros, moments, place } = this.logs.tail(log).head;
    const root = { commit, micros, moments, segment: place.segment, unit: place.unit };
    const recorded = { log, commits: [root], models: [model] };
    this.recorded.push(recorded);
    return recorded;
  }

  forkSome(): void {
    const source = this.random.pick(this.recorded);
    const at = this.random.int(source.commits.length);
    const log = this.logs.fork(source.log, source.commits[at] as RecordedCommit);
    this.begin(log, source.models[at] as ModelVolume);
  }

  /** One writer's life: some commits, some of them proven, an end in order or not. */
  write(recorded: RecordedLog): void {
    const { random } = this;
    const writer = this.logs.open(recorded.log);
    let model = recorded.models.at(-1) as ModelVolume;
    for (let step = random.int(STEPS); step > 0; step--) {
      for (let changes = 1 + random.int(6); changes > 0; changes--) model = changeVolume(writer.volume, model, random);
      if (random.int(8) === 0) writer.volume.settle();
      if (random.int(3) === 0 || !writer.volume.dirty) continue;
      recorded.commits.push(writer.commit({ moment: random.int(3) > 0 }));
      recorded.models.push(model);
      if (random.int(6) === 0) writer.volume.settle();
      if (random.int(4) === 0) this.#follow(recorded.log, writer.head);
    }
    if (random.int(3) > 0) writer.volume.close();
  }

  /** As a keeper does it: in slices, with restarts, some of what it wrote lost or damaged. */
  #follow(log: number, head: FramePlace): void {
    const { random } = this;
    if (random.int(6) === 0) this.#ingest = this.freshIngest();
    const slices = 1 + random.int(3);
    for (let slice = 0; slice < slices; slice++) if (!this.#ingest.ingest(log, head, 1 + random.int(40))) break;
    if (random.int(3) === 0) this.#ingest.sync(log);
    if (random.int(8) === 0) this.#ingest.forget(log);
  }

  get followed(): Ingest {
    return this.#ingest;
  }
}

function play(seed: number): Run {
  const run = new Run(seed);
  run.begin(run.logs.create(), new ModelVolume());
  for (let round = 0; round < 6; round++) {
    run.write(run.random.pick(run.recorded));
    if (run.random.int(2) === 0) run.forkSome();
  }
  return run;
}

/** What each commit of a log reached, and what it was the end of. */
function reachOf(run: Run, { log, commits }: RecordedLog): Slots[] {
  const reader = run.logs.reader();
  const reached = commits.map(({ segment, unit }) => {
    const { header } = reader.getFrame({ log, segment, unit });
    const after = { log, segment, unit: unit + header.units };
    // An idle record is the newest one of its commit.
    const next = reader.findFrame(after)?.header;
    return findReachable(reader, next && isIdle(next) && next.commit === header.commit ? next : header, run.limits);
  });
  reader.close();
  return reached;
}

function ingestAll(run: Run, log: number): Ingest {
  const ingest = run.freshIngest();
  const { place } = run.logs.tail(log).head;
  while (ingest.ingest(log, place, 10_000));
  return ingest;
}

test("each commit is the end of exactly the slots that the one before reached and it does not", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const run = play(seed);
    for (const recorded of run.recorded) {
      const reached = reachOf(run, recorded);
      const deaths = new Map<number, [string, number][]>();
      for (const index of ingestAll(run, recorded.log).from(recorded.log, 0))
        for (const death of index.deaths())
          deaths.set(death.commit, [...(deaths.get(death.commit) ?? []), [nameOf(death), death.units]]);
      for (const [at, { commit }] of recorded.commits.entries()) {
        const before = reached[at - 1] ?? new Map();
        const gone = [...before].filter(([name]) => !reached[at]?.has(name)).sort();
        expect((deaths.get(commit) ?? []).sort(), `seed ${seed}, log ${recorded.log}, commit ${commit}`).toEqual(gone);
      }
    }
  }
}, 120_000);
