import { assert } from "@/lib/std/assert";
import { seededRandom } from "@/lib/std/random";
import { logsPath } from "../../log/store-paths";
import { pickLimits, pickSlices } from "../setup";
import { workAmid } from "./amid-steps";
import { checkEverything, checkQuiet, checkReads, recover } from "./check-all";
import { checkByFork, checkContent, checkWriter } from "./check-content";
import { checkDiff } from "./check-diff";
import { checkSums } from "./check-exact";
import { checkHistogram, checkResolve } from "./check-resolve";
import { checkOffer } from "./check-window";
import {
  collect,
  forkSome,
  guard,
  hold,
  quiesce,
  scrub,
  setRetention,
  takeSnapshot,
  unmark,
  work,
} from "./history-steps";
import { ModelWorld } from "./model-timeline";
import { pickTimeline, type Scene } from "./scene";
import { SimulatedClock } from "./simulated-clock";
import { STORE_DIR, StoreUnderTest } from "./store-under-test";
import { commit, create, deleteVolume, replaceWriter, settle, stop, write } from "./volume-steps";

const MOST_VOLUMES = 7;
const FAULT_EVERY = 25;

const WEIGHTS = {
  write: 60,
  commit: 6,
  settle: 2,
  stop: 6,
  replaceWriter: 1,
  create: 2,
  fork: 9,
  delete: 6,
  snapshot: 5,
  hold: 3,
  guard: 2,
  unmark: 5,
  retention: 5,
  jump: 3,
  stepBack: 2,
  work: 10,
  workAmid: 6,
  scrub: 2,
  collect: 12,
  quiesce: 2,
  check: 6,
  reopen: 2,
  crash: 2,
} as const;

type StepName = keyof typeof WEIGHTS;

const STEPS = (Object.entries(WEIGHTS) as [StepName, number][]).flatMap(([name, weight]) =>
  Array.from({ length: weight }, () => name),
);

/**
 * A store with all of its history on a simulated disk, and a model that knows every commit of every log, driven by one seed:
 * nothing that is offered may ever read wrong, and what nobody can reach any more must go.
 */
export class HistorySimulation {
  readonly scene: Scene;
  /** What was done, for whoever looks for the cause of a failure. */
  readonly trace: string[] = [];
  readonly #hasFaults: boolean;
  #nextVolume = 1;

  constructor(seed: number, options: { faults?: boolean } = {}) {
    const random = seededRandom(seed);
    const clock = new SimulatedClock();
    const parts = { random, clock, limits: pickLimits(random), slices: pickSlices(random) };
    this.#hasFaults = options.faults ?? true;
    this.scene = { ...parts, store: new StoreUnderTest(parts), world: new ModelWorld() };
  }

  run(steps: number): void {
    const { random, store } = this.scene;
    for (let step = 0; step < steps; step++) {
      if (this.#hasFaults && random.int(FAULT_EVERY) === 0) store.planFault();
      this.#step(random.pick(STEPS));
    }
    store.device.mend();
    this.#crash();
  }

  checkAll(): void {
    checkEverything(this.scene);
    this.#refuseErrors();
  }

  /** Deletes all volumes in some order: everything goes. */
  checkEnd(): void {
    const { scene } = this;
    const { random, store, world } = scene;
    for (const timeline of world.living) stop(scene, timeline);
    while (world.living.length > 0) {
      deleteVolume(scene, random.pick(world.living));
      if (random.int(2) === 0) quiesce(scene);
      checkReads(scene, 4);
    }
    quiesce(scene);
    const logs = store.device.readdir(logsPath(STORE_DIR));
    assert(logs.length === 0, `without volumes the logs ${logs} are left`);
    this.#refuseErrors();
  }

  #step(name: StepName): void {
    this.trace.push(name);
    this.scene.clock.goOn(this.scene.random);
    if (!this.scene.store.survive(() => this.#actions[name]())) this.#crash();
    this.#refuseErrors();
  }

  /** Whatever is reported as an error is one: nothing of the kind may come of what is done here. */
  #refuseErrors(): void {
    const errors = this.scene.store.takeErrors();
    assert(errors.length === 0, `reported: ${errors.join("; ")}`);
  }

  readonly #actions: Record<StepName, () => void> = {
    write: () => this.#withTimeline(write),
    commit: () => this.#withTimeline(commit),
    settle: () => this.#withTimeline(settle),
    stop: () => this.#withTimeline(stop),
    replaceWriter: () => this.#withTimeline(replaceWriter),
    create: () => this.#unlessFull(() => create(this.scene, `v${this.#nextVolume++}`)),
    fork: () => this.#unlessFull(() => forkSome(this.scene)),
    delete: () => this.#delete(),
    snapshot: () => this.#withTimeline(takeSnapshot),
    hold: () => this.#withTimeline(hold),
    guard: () => this.#withTimeline(guard),
    unmark: () => this.#withTimeline(unmark),
    retention: () => this.#withTimeline(setRetention),
    jump: () => this.scene.clock.jump(this.scene.random),
    stepBack: () => this.scene.clock.stepBack(this.scene.random),
    work: () => work(this.scene),
    workAmid: () => workAmid(this.scene, () => !this.#isFull),
    scrub: () => scrub(this.scene),
    collect: () => collect(this.scene),
    quiesce: () => {
      if (quiesce(this.scene) && !this.scene.store.leavesGarbage) checkQuiet(this.scene);
    },
    check: () => this.#checkSome(),
    reopen: () => this.#reopen(),
    crash: () => this.#crash(),
  };

  #delete(): void {
    const { random, world } = this.scene;
    // Often the oldest, whose forks go on.
    const timeline = random.int(2) === 0 ? world.living[0] : pickTimeline(this.scene);
    if (!timeline) return;
    stop(this.scene, timeline);
    deleteVolume(this.scene, timeline);
  }

  #reopen(): void {
    for (const timeline of this.scene.world.living) stop(this.scene, timeline);
    this.scene.store.reopen();
    for (const timeline of this.scene.world.living) timeline.forgetDecisions();
  }

  #crash(): void {
    recover(this.scene);
    checkReads(this.scene, 4);
  }

  #checkSome(): void {
    const { scene } = this;
    const timeline = pickTimeline(scene);
    if (!timeline) return;
    checkWriter(scene, timeline.volumeId);
    const offer = checkOffer(scene, timeline);
    for (let questions = 0; questions < 4; questions++) checkResolve(scene, offer);
    checkHistogram(scene, offer);
    checkContent(scene, offer, 4);
    if (scene.random.int(2) === 0) checkDiff(scene, [offer]);
    if (scene.random.int(3) === 0) checkSums(scene);
    if (scene.random.int(3) === 0) checkByFork(scene, offer);
  }

  #withTimeline(act: (scene: Scene, timeline: NonNullable<ReturnType<typeof pickTimeline>>) => void): void {
    const timeline = pickTimeline(this.scene);
    if (timeline) act(this.scene, timeline);
    else create(this.scene, `v${this.#nextVolume++}`);
  }

  #unlessFull(make: () => void): void {
    if (!this.#isFull) make();
  }

  get #isFull(): boolean {
    return this.scene.world.living.length >= MOST_VOLUMES;
  }
}
