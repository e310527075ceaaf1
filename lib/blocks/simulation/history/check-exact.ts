import { assert } from "@/lib/std/assert";
import type { LogFigures } from "../../history-types";
import { UNIT_BYTES } from "../../log/format";
import { FRAME_KIND, isCheckpoint, isIdle } from "../../log/frame";
import { decodeFrameHeader } from "../../log/frame-reader";
import type { LogReader } from "../../log/log-reader";
import { logPath, logsPath, segmentPath, toLogNumbers, toSegmentNumbers } from "../../log/store-paths";
import type { Offer } from "./check-window";
import { say } from "./check-window";
import type { ModelTimeline } from "./model-timeline";
import { Reachability, UnitMap } from "./reachable-units";
import type { Scene } from "./scene";
import { STORE_DIR } from "./store-under-test";

/** What of the disk is needed, by whom, found by walking from all points. */
export interface Needed {
  readonly byHeads: UnitMap;
  readonly byOwn: UnitMap;
  readonly byAny: UnitMap;
  /** Empty frames: they may stay until the next checkpoint, and count as whatever lies before or after them. */
  readonly proofs: UnitMap;
}

/**
 * After all background work: on the disk is what some point needs and nothing else, unit by unit; and the figures say the
 * same. Only a living log's last segment, which is never rewritten, may have more.
 */
export function checkExact(scene: Scene, offers: readonly Offer[]): Needed {
  return scene.store.withReader((reader) => {
    const needed = findNeeded(reader, scene, offers);
    for (const { log, segment, unit } of needed.byAny.all())
      assert(unitsOf(scene, log, segment).has(unit), `log ${log}, segment ${segment}, unit ${unit} is needed and gone`);
    for (const log of toLogNumbers(scene.store.device.readdir(logsPath(STORE_DIR))))
      checkLog(scene, { log, needed, reader });
    return needed;
  });
}

function findNeeded(reader: LogReader, scene: Scene, offers: readonly Offer[]): Needed {
  const all = new Reachability(reader);
  const byHeads = new UnitMap();
  const byOwn = new UnitMap();
  for (const { timeline, commits } of offers) {
    const own = new Reachability(reader);
    const head = new Reachability(reader);
    head.addPoint(timeline.head.place);
    for (const { place } of commits) own.addPoint(place);
    copyUnits(head.units, byHeads, timeline.log);
    copyUnits(own.units, byOwn, timeline.log);
    for (const { place } of commits) all.addPoint(place);
  }
  const needed = { byHeads, byOwn, byAny: all.units, proofs: new UnitMap() };
  addFrames(scene, { reader, offers, needed });
  for (const offer of offers) addNeverAlive(scene, offer, { reader, needed });
  return needed;
}

/** Those of one log. */
function copyUnits(from: UnitMap, to: UnitMap, log: number): void {
  for (const place of from.all()) if (place.log === log) to.add(place, 1);
}

interface Found {
  readonly reader: LogReader;
  readonly offers: readonly Offer[];
  readonly needed: Needed;
}

/** A frame lives until the next checkpoint, whether a walk from the volume's points meets it or not. */
function addFrames(scene: Scene, { reader, offers, needed }: Found): void {
  const points = new Map(offers.map((offer) => [offer.timeline.log, offer.commits.map(({ commit }) => commit)]));
  for (const log of toLogNumbers(scene.store.device.readdir(logsPath(STORE_DIR)))) {
    const timeline = scene.world.logs.get(log);
    if (!timeline) continue;
    const own = points.get(log) ?? [];
    const head = points.has(log) ? [timeline.head.commit] : [];
    for (const { commit, segment, unit, isProof } of framesOf(scene, reader, log)) {
      const end = timeline.checkpointAfter(commit);
      const isIn = (point: number) => point >= commit && point < end;
      const place = { log, segment, unit };
      if (isProof) {
        if (own.some(isIn) || needed.byAny.has(place)) needed.proofs.add(place, 1);
        continue;
      }
      if (head.some(isIn)) needed.byHeads.add(place, 1);
      if (own.some(isIn)) needed.byOwn.add(place, 1);
      if (own.some(isIn)) needed.byAny.add(place, 1);
    }
  }
}

/**
 * Units that no list names (headers of runs, spilled blocks that were written again) go when the window has left the commit
 * that was made with them; until then they count as history.
 */
function addNeverAlive(scene: Scene, { timeline, window }: Offer, { reader, needed }: Omit<Found, "offers">): void {
  const { log, commits } = timeline;
  for (const segment of segmentsOf(scene, log)) {
    const ends = commits.filter(({ place }) => place.segment === segment);
    for (const unit of existingUnits(scene, reader, { log, segment })) {
      const commit = ends.find(({ place }) => place.unit > unit)?.commit;
      const place = { log, segment, unit };
      if (unit === 0 || commit === undefined || commit <= window.exactSince.commit || needed.byAny.has(place)) continue;
      needed.byOwn.add(place, 1);
      needed.byAny.add(place, 1);
    }
  }
}

/** Frames that a walk may not meet; none of them is longer than a unit in a simulation. */
function* framesOf(scene: Scene, reader: LogReader, log: number) {
  for (const segment of segmentsOf(scene, log)) {
    const bytes = scene.store.device.content(segmentPath(STORE_DIR, log, segment));
    for (const unit of existingUnits(scene, reader, { log, segment })) {
      const header = decodeFrameHeader(bytes.subarray(unit * UNIT_BYTES), { log, segment, unit });
      if (!header || header.kind === FRAME_KIND.run) continue;
      const isUnmet = isIdle(header) || isCheckpoint(header) || header.kind === FRAME_KIND.root;
      if (isUnmet && reader.findFrame({ log, segment, unit }))
        yield { commit: header.commit, segment, unit, isProof: isIdle(header) };
    }
  }
}

interface CheckedLog {
  readonly log: number;
  readonly needed: Needed;
  readonly reader: LogReader;
}

function checkLog(scene: Scene, { log, needed, reader }: CheckedLog): void {
  const living = scene.world.living.find((timeline) => timeline.log === log);
  const ends = endsOf(scene, reader, log);
  const tail = living ? living.head.place.segment : Number.POSITIVE_INFINITY;
  for (const segment of segmentsOf(scene, log)) {
    if (segment >= tail) continue;
    // One that a writer began and never committed to stays: it shuts out earlier writers.
    if ((ends.get(segment) ?? 0) <= 1) continue;
    const units = existingUnits(scene, reader, { log, segment });
    const spare = units.filter(
      (unit) => !needed.byAny.has({ log, segment, unit }) && !needed.proofs.has({ log, segment, unit }),
    );
    assert(spare.length === 0, `log ${log}, segment ${segment}: units ${spare} are needed by nobody and still there`);
    assert(units.length > 0, `log ${log}, segment ${segment}: nothing in it is needed and it is still there`);
  }
}

/** Where segments end, as the header after each says; what lies behind does not exist. */
export function endsOf(scene: Scene, reader: LogReader, log: number): Map<number, number> {
  const ends = new Map<number, number>();
  for (const segment of segmentsOf(scene, log)) {
    const header = reader.findSegmentHeader(log, segment);
    if (header) ends.set(header.sealedSegment, header.sealedUnits);
  }
  return ends;
}

/** Units that take room, without the header's, up to where the segment ends. */
function existingUnits(scene: Scene, reader: LogReader, { log, segment }: { log: number; segment: number }): number[] {
  const end = endsOf(scene, reader, log).get(segment) ?? Number.POSITIVE_INFINITY;
  return [...unitsOf(scene, log, segment)].filter((unit) => unit > 0 && unit < end);
}

const segmentsOf = ({ store }: Scene, log: number): number[] =>
  toSegmentNumbers(store.device.readdir(logPath(STORE_DIR, log)));

function unitsOf({ store }: Scene, log: number, segment: number): ReadonlySet<number> {
  const isThere = segmentsOf({ store } as Scene, log).includes(segment);
  return isThere ? store.device.allocatedUnits(segmentPath(STORE_DIR, log, segment)) : new Set();
}

/** Bytes on the disk of each log's files. */
export function diskBytesOf({ store }: Scene, log: number): number {
  const dir = logPath(STORE_DIR, log);
  return store.device.readdir(dir).reduce((sum, name) => sum + store.device.allocatedBytes(`${dir}/${name}`), 0);
}

/** At any time: the classes of a log add up to the disk's bytes of its files, and all logs and the rest to the whole disk's. */
export function checkSums(scene: Scene): void {
  const { store, world } = scene;
  const figures = store.keeper.figures([...world.volumes.keys()]);
  for (const timeline of world.living) {
    const found = figures.get(timeline.volumeId);
    if (!found && store.hasFailed) continue;
    assert(found, say(timeline, "has no figures"));
    const [sum, disk] = [sumOf(found), diskBytesOf(scene, timeline.log)];
    assert(sum === disk, say(timeline, `figures add up to ${sum}, the disk has ${disk}: ${JSON.stringify(found)}`));
  }
  const { logs, systemBytes, diskBytes } = store.keeper.totals();
  const onDisk = store.device.files().reduce((sum, path) => sum + store.device.allocatedBytes(path), 0);
  assert(diskBytes === onDisk, `the store says ${diskBytes} bytes, the disk has ${onDisk}`);
  assert(sumOf(logs) + systemBytes === diskBytes, `${sumOf(logs)} and ${systemBytes} are not ${diskBytes}`);
  checkShares(scene);
}

/** At any time: the logs' shares are the whole disk, and what is kept for a volume alone is what it pins. */
function checkShares({ store, world }: Scene): void {
  const { logs, otherBytes } = store.keeper.shares();
  const sum = logs.reduce((bytes, { figures }) => bytes + sumOf(figures), otherBytes);
  const { diskBytes } = store.keeper.totals();
  assert(sum === diskBytes, `the shares add up to ${sum}, the disk has ${diskBytes}`);
  for (const { volumeId, isLiving, figures, heirs } of logs) {
    const sole = heirs.reduce((bytes, { soleBytes }) => bytes + soleBytes, 0);
    const most = isLiving ? figures.keptForForksBytes : sumOf(figures);
    assert(sole <= most, `of the log of ${volumeId} ${sole} bytes are kept for one volume alone, of ${most}`);
  }
  if (store.hasFailed) return;
  for (const [volumeId, { pinnedBytes }] of store.keeper.freesEach([...world.volumes.keys()])) {
    const heirs = logs.flatMap((log) => log.heirs).filter((heir) => heir.volumeId === volumeId);
    const sole = heirs.reduce((bytes, { soleBytes }) => bytes + soleBytes, 0);
    assert(sole === pinnedBytes, `${volumeId} pins ${pinnedBytes} bytes, the shares say ${sole}`);
  }
}

const sumOf = (figures: LogFigures): number => Object.values(figures).reduce((sum, bytes) => sum + bytes, 0);

/** After all background work: each class of a living log is what a walk finds. */
export function checkClasses(scene: Scene, needed: Needed): void {
  const { store, world } = scene;
  const figures = store.keeper.figures([...world.volumes.keys()]);
  for (const timeline of world.living) {
    const found = figures.get(timeline.volumeId);
    const [head, own, any] = [needed.byHeads, needed.byOwn, needed.byAny].map((map) =>
      countIn(map, timeline, needed.proofs),
    ) as [number, number, number];
    assert((found?.metadataBytes ?? 0) > 0, say(timeline, `metadata is ${found?.metadataBytes}`));
    const expected = { headBytes: head, historyBytes: own - head, keptForForksBytes: any - own };
    for (const [name, units] of Object.entries(expected)) {
      const bytes = found?.[name as keyof LogFigures] ?? -1;
      const most = units + countIn(needed.proofs, timeline);
      const isRight = bytes >= units * UNIT_BYTES && bytes <= most * UNIT_BYTES;
      assert(isRight, say(timeline, `${name} is ${bytes}, should be ${units * UNIT_BYTES}`));
    }
  }
}

function countIn(map: UnitMap, { log }: ModelTimeline, without?: UnitMap): number {
  let units = 0;
  for (const place of map.all()) if (place.log === log && !without?.has(place)) units++;
  return units;
}
