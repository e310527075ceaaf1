import { assert } from "@/lib/std/assert";
import type { At } from "../../history-types";
import { type FrameHeader, isCheckpoint, isIdle } from "../../log/frame";
import type { LogReader } from "../../log/log-reader";
import { logsPath, toLogNumbers } from "../../log/store-paths";
import type { ForkResult, WriterTicket } from "../../store-types";
import { VolumeError } from "../../volume-error";
import { ModelVolume } from "../model-volume";
import { changeVolume } from "../volume-workload";
import { type Expected, isWithin } from "./check-resolve";
import { type ModelCommit, ModelTimeline } from "./model-timeline";
import type { Scene } from "./scene";
import { type OpenWriter, STORE_DIR } from "./store-under-test";

const CLOCK_STEP_MICROS = 1_000_000;

/** The commit before `next` was acknowledged; what a commit will be if it stands. */
type NewCommit = Omit<ModelCommit, "place" | "isCheckpoint">;

export function create(scene: Scene, volumeId: string): void {
  const micros = scene.clock.micros;
  const first = { commit: 1, micros, moments: 0, clockMicros: undefined, content: new ModelVolume() };
  const add = () => void addTimeline(scene, { volumeId, first, source: undefined, path: [] });
  scene.store.attempt(
    () => {
      scene.store.keeper.create(volumeId, micros);
      add();
    },
    () => {
      if (scene.store.keeper.find(volumeId)) add();
    },
  );
}

export interface ForkRequest {
  readonly source: ModelTimeline;
  readonly at: At | undefined;
  readonly expected: Extract<Expected, { commit: ModelCommit }>;
}

/** Undefined when a fault prevented it. */
export function fork(scene: Scene, request: ForkRequest): ModelTimeline | undefined {
  const { source, at, expected } = request;
  const { store, clock, world } = scene;
  const volumeId = `f${world.logs.size}`;
  const ask = { sourceId: source.volumeId, volumeId, ...(at && { at }) };
  const base = expected.commit;
  const micros = Math.max(clock.micros, base.micros + 1);
  const first = { commit: base.commit + 1, micros, moments: 0, clockMicros: undefined, content: base.content };
  // A source that wrote nothing since its own beginning has nothing in its log.
  const step = base === source.root ? [] : [{ log: source.log, commit: base.commit }];
  const facts = {
    volumeId,
    first,
    source: { volumeId: source.volumeId, commit: base.commit },
    path: [...source.path, ...step],
  };
  const add = () => addTimeline(scene, facts);
  store.attempt(
    () => {
      const result = store.keeper.fork(ask, clock.micros);
      add();
      checkReceipt(request, result);
      assert(
        JSON.stringify(store.keeper.fork(ask, clock.micros).base) === JSON.stringify(result.base),
        "a repeated fork is the same",
      );
    },
    () => {
      if (!world.volumes.has(volumeId) && store.keeper.find(volumeId)) add();
    },
  );
  return world.volumes.get(volumeId);
}

function checkReceipt({ source, at, expected }: ForkRequest, result: ForkResult): void {
  const { commit, exact, missing } = expected;
  const next = source.next(commit)?.micros;
  const asked = `fork of ${source.volumeId} at ${JSON.stringify(at)}`;
  assert(result.base.commit === commit.commit, `${asked} begins at ${result.base.commit}, not ${commit.commit}`);
  assert(result.base.micros === commit.micros, `${asked} begins at time ${result.base.micros}`);
  assert(result.exact === exact, `${asked}: exact is ${result.exact}`);
  assert(isWithin(result.momentsMissing, missing), `${asked}: ${result.momentsMissing} moments missing`);
  assert(result.firstLeftOutMicros === next, `${asked}: first left out ${result.firstLeftOutMicros}, not ${next}`);
}

interface NewTimeline extends Pick<ModelTimeline, "volumeId" | "source" | "path"> {
  readonly first: NewCommit;
}

function addTimeline({ store, world }: Scene, { first, ...facts }: NewTimeline): void {
  // Numbers of logs rise.
  const log = Math.max(...toLogNumbers(store.device.readdir(logsPath(STORE_DIR))));
  const root = { ...first, place: { log, segment: 1, unit: 1 }, isCheckpoint: false };
  world.add(new ModelTimeline({ ...facts, log, commits: [root] }));
}

export function deleteVolume(scene: Scene, timeline: ModelTimeline): void {
  const { store, world } = scene;
  const { volumeId } = timeline;
  if (store.writers.has(volumeId)) return;
  store.attempt(
    () => {
      store.keeper.delete(volumeId);
      world.volumes.delete(volumeId);
    },
    () => {
      if (!store.keeper.find(volumeId)) world.volumes.delete(volumeId);
    },
  );
}

/** A writer that is open, or a new one; undefined when a fault prevented it. */
export function getWriter({ store }: Scene, timeline: ModelTimeline): OpenWriter | undefined {
  const { volumeId, head } = timeline;
  const found = store.writers.get(volumeId);
  if (found) return found;
  store.attempt(
    () => void store.openWriter(volumeId, head.content),
    () => {},
  );
  return store.writers.get(volumeId);
}

/** A few changes, a commit after some of them. */
export function write(scene: Scene, timeline: ModelTimeline): void {
  const writer = getWriter(scene, timeline);
  const { random, store } = scene;
  if (!writer) return;
  for (let changes = 1 + random.int(4); changes > 0; changes--) {
    const isDone = store.attempt(
      () => {
        writer.working = changeVolume(writer.volume, writer.working, random);
      },
      () => giveUp(scene, timeline, writer),
    );
    if (!isDone) return;
  }
  if (random.int(4) > 0) commit(scene, timeline);
}

export function commit(scene: Scene, timeline: ModelTimeline): void {
  const writer = scene.store.writers.get(timeline.volumeId);
  if (!writer?.volume.dirty) return;
  const { store, clock, random } = scene;
  const moment = random.int(4) > 0;
  const before = timeline.head;
  const isBack = clock.micros < before.micros - CLOCK_STEP_MICROS;
  const next: NewCommit = {
    commit: before.commit + 1,
    micros: Math.max(clock.micros, before.micros + 1),
    moments: before.moments + (moment ? 1 : 0),
    clockMicros: isBack ? clock.micros : undefined,
    content: writer.working,
  };
  store.attempt(
    () => {
      const { commit, micros } = writer.volume.commit({ moment });
      addCommit(scene, timeline, { next, ticket: writer.ticket });
      assert(commit === next.commit && micros === next.micros, `${timeline.volumeId}: committed ${commit}@${micros}`);
    },
    () => {
      if (timeline.head.commit === next.commit) return;
      giveUp(scene, timeline, writer);
      settleCommit(scene, timeline, next);
    },
  );
}

/** Nobody was told whether it stands: looks. */
function settleCommit(scene: Scene, timeline: ModelTimeline, next: NewCommit): void {
  const { keeper } = scene.store;
  const ticket = keeper.openWriter(timeline.volumeId);
  if (scene.store.headOf(ticket).commit === next.commit) addCommit(scene, timeline, { next, ticket });
  keeper.releaseWriter(ticket.logId);
}

function addCommit(scene: Scene, timeline: ModelTimeline, at: { next: NewCommit; ticket: WriterTicket }): void {
  const { segment, unit } = scene.store.headOf(at.ticket);
  const place = { log: timeline.log, segment, unit };
  const header = scene.store.withReader((reader) => findCommitFrame(reader, reader.getFrame(place).header));
  timeline.commits.push({ ...at.next, place: header.place, isCheckpoint: isCheckpoint(header) });
}

/** A head that a proof follows names the proof. */
function findCommitFrame(reader: LogReader, header: FrameHeader): FrameHeader {
  return isIdle(header) ? findCommitFrame(reader, reader.getFrame(header.previous).header) : header;
}

/** A volume that failed refuses everything until it is opened again. */
function giveUp({ store }: Scene, { volumeId }: ModelTimeline, writer: OpenWriter): void {
  // After a power cut nobody is left to close it.
  if (store.writers.get(volumeId) !== writer) return;
  writer.volume.close();
  store.release(volumeId);
}

export function settle(scene: Scene, timeline: ModelTimeline): void {
  const writer = scene.store.writers.get(timeline.volumeId);
  if (writer)
    scene.store.attempt(
      () => writer.volume.settle(),
      () => giveUp(scene, timeline, writer),
    );
}

/** Closes the writer, or kills its thread. */
export function stop(scene: Scene, timeline: ModelTimeline): void {
  const writer = scene.store.writers.get(timeline.volumeId);
  if (!writer) return;
  const isKilled = scene.random.int(4) === 0;
  if (isKilled) scene.store.leavesFilesOpen = true;
  else
    scene.store.attempt(
      () => writer.volume.close(),
      () => {},
    );
  scene.store.release(timeline.volumeId);
}

/** A writer that was thought dead goes on after the next one has committed: that must change nothing. */
export function replaceWriter(scene: Scene, timeline: ModelTimeline): void {
  const stale = scene.store.writers.get(timeline.volumeId);
  if (!stale) return;
  scene.store.release(timeline.volumeId);
  timeline.hadStaleWriter = true;
  if (!getWriter(scene, timeline)) {
    scene.store.leavesFilesOpen = true;
    return;
  }
  write(scene, timeline);
  try {
    if (!stale.volume.lookup("/stale")) stale.volume.create("/stale", 0o600);
    stale.volume.commit();
    stale.volume.close();
  } catch (error) {
    // It may run into the next writer's segment.
    if (!(error instanceof VolumeError)) throw error;
    stale.volume.close();
  }
  commit(scene, timeline);
}
