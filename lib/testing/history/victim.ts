import { writeSync } from "node:fs";
import type { At } from "@/lib/blocks";
import { AppError } from "@/lib/std/app-error";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { type Random, seededRandom } from "@/lib/std/random";
import type { RunningService } from "../compute-fixture";
import { type EngineParts, openParts } from "./parts";
import type { Said, VictimTask } from "./said";
import { readCursor } from "./verify";
import { pickWeighted, type Recorder, Workload } from "./workload";

/**
 * A process that holds the store, runs Postgres and asks the store for everything at once until it is killed. It says what it
 * begins and what was acknowledged.
 */
const MIB = 1 << 20;
const HOUR = 3_600_000_000;
const LINES_MAX = 8;
const PAUSE_MS = 25;
const STDOUT = 1;

const task = JSON.parse(process.argv[2] as string) as VictimTask;
const random = seededRandom(task.seed);
let endsAfter = task.end?.times ?? 0;

const parts = await openParts(task);
say({ say: "opened" });
const written = task.lines.slice(0, task.written);
const services = await Promise.all(written.map((line) => parts.start(line)));
const workloads = await Promise.all(services.map(makeWorkload));

function say(said: Said): void {
  writeSync(STDOUT, `${JSON.stringify(said)}\n`);
  const { end } = task;
  if (end && said.say === end.say && --endsAfter === 0) setImmediate(() => endAfter(end.afterMs));
}

/** What was asked for is in other threads' hands by now. */
function endAfter(ms: number): void {
  const untilMs = systemClock.monotonicMs() + ms;
  while (systemClock.monotonicMs() < untilMs);
  process.kill(process.pid, "SIGKILL");
}

async function makeWorkload(service: RunningService): Promise<Workload> {
  const { volumeId, sql } = service;
  const cursor = await readCursor(sql);
  const found = await parts.store.find(volumeId);
  if (!found) throw new Error(`${volumeId} is not there`);
  say({ say: "found", volumeId, n: cursor.nextNumber - 1, head: found.head });
  const recorder: Recorder = {
    tried: (row) => say({ say: "try", volumeId, row }),
    acknowledged: (row, commit) => say({ say: "done", volumeId, row, commit }),
    moment() {},
  };
  return new Workload({ service, random, cursor, recorder });
}

async function write(): Promise<void> {
  for (;;) {
    const workload = random.int(10) < 7 ? workloads[0] : random.pick(workloads);
    await workload?.step();
    await new Promise(setImmediate);
  }
}

type Ask = (asked: Asked) => Promise<void>;

interface Asked {
  readonly store: EngineParts["store"];
  readonly random: Random;
  readonly lines: { volumeId: string; isWritten: boolean; snapshots: string[] }[];
}

const ASKS: readonly (readonly [Ask, number])[] = [
  [takeSnapshot, 20],
  [dropSnapshot, 8],
  [fork, 22],
  [remove, 20],
  [narrow, 10],
  [collect, 10],
  [hold, 6],
  [lookAround, 10],
];

async function askForAll({ store }: EngineParts, of: Random): Promise<void> {
  const lines = task.lines.map(({ volumeId, snapshots }, at) => ({
    volumeId,
    isWritten: at < task.written,
    snapshots: [...snapshots],
  }));
  for (;;) {
    await pickWeighted(of, ASKS)({ store, random: of, lines });
    await systemClock.sleep(of.int(PAUSE_MS));
  }
}

async function takeSnapshot({ store, random: of, lines }: Asked): Promise<void> {
  const { volumeId, snapshots } = of.pick(lines);
  const snapshotId = newId();
  say({ say: "try-snapshot", volumeId, snapshotId });
  const { commit } = await store.takeSnapshot(volumeId, { snapshotId, name: snapshotId, kind: "manual" });
  say({ say: "snapshot", volumeId, snapshotId, commit });
  snapshots.push(snapshotId);
}

async function dropSnapshot({ store, random: of, lines }: Asked): Promise<void> {
  const { volumeId, snapshots } = of.pick(lines);
  if (snapshots.length < 2) return;
  const snapshotId = snapshots.shift() as string;
  say({ say: "try-drop", volumeId, snapshotId });
  await store.deleteSnapshot(volumeId, snapshotId);
  say({ say: "dropped", volumeId, snapshotId });
}

async function fork(asked: Asked): Promise<void> {
  const { store, random: of, lines } = asked;
  if (lines.length >= LINES_MAX) return remove(asked);
  const { volumeId: sourceId, snapshots } = of.pick(lines);
  const { exactSince, head } = await store.window(sourceId);
  const between = (from: number, to: number) => from + of.int(to - from + 1);
  const ats: (At | undefined)[] = [undefined, { commit: head.commit }];
  // A moment in the older half may leave the window between two questions.
  ats.push({ commit: between(Math.ceil((exactSince.commit + head.commit) / 2), head.commit) });
  if (snapshots[0]) ats.push({ snapshotId: snapshots[0] });
  const volumeId = newId();
  say({ say: "try-fork", volumeId, sourceId });
  try {
    const { base } = await store.fork(sourceId, volumeId, of.pick(ats));
    say({ say: "forked", volumeId, sourceId, base });
    lines.push({ volumeId, isWritten: false, snapshots: [] });
  } catch (error) {
    if (!(error instanceof AppError && error.code === "TARGET_OUTSIDE_WAL_WINDOW")) throw error;
    say({ say: "left-window", volumeId });
  }
}

async function remove({ store, random: of, lines }: Asked): Promise<void> {
  const others = lines.filter(({ isWritten }) => !isWritten);
  if (others.length < 2) return;
  const line = of.pick(others);
  lines.splice(lines.indexOf(line), 1);
  say({ say: "try-delete", volumeId: line.volumeId });
  await store.delete(line.volumeId);
  say({ say: "deleted", volumeId: line.volumeId });
}

async function narrow({ store, random: of, lines }: Asked): Promise<void> {
  const retention = { micros: of.pick([4, 8, 32]) * HOUR, bytes: of.pick([2, 4, 8, 24]) * MIB };
  await store.setRetention(of.pick(lines).volumeId, retention);
}

async function collect({ store }: Asked): Promise<void> {
  say({ say: "collecting" });
  await store.collectAll();
  say({ say: "collected" });
}

async function hold({ store, random: of, lines }: Asked): Promise<void> {
  const { volumeId } = of.pick(lines);
  const { head } = await store.window(volumeId);
  const untilMicros = systemClock.nowMicros() + of.int(8) * HOUR;
  await store.hold(volumeId, { holdId: newId(), at: { commit: head.commit }, untilMicros });
}

async function lookAround({ store, lines }: Asked): Promise<void> {
  const volumeIds = lines.map(({ volumeId }) => volumeId);
  await Promise.all([store.figures(volumeIds), store.freesEach(volumeIds), store.totals()]);
}

await Promise.all([write(), askForAll(parts, random)]);
