import type { Device } from "../device/device";
import type { Catalogue } from "../journal/catalogue";
import type { Place } from "../log/format";
import { ledgerPath } from "../log/store-paths";
import { decodeLedger } from "../retention/ledger";
import { type LogState, RETAINED } from "../retention/log-state";
import { segmentOf, unitOf } from "../retention/place-table";
import type { KeptCommit } from "../timeline/kept-commit";
import { readFile } from "./check-journal";
import type { CheckReader } from "./check-reader";
import type { Finding } from "./finding";
import type { LogScan } from "./log-scan";

/** What is known of one log besides its segments. */
export interface LogFacts {
  readonly log: number;
  readonly volumeId: string | undefined;
  readonly isLiving: boolean;
  readonly scan: LogScan;
  /** Undefined when nothing was decided about the log yet: then every commit is there. */
  readonly state: LogState | undefined;
}

export interface LedgerParts {
  readonly reader: CheckReader;
  readonly catalogue: Catalogue;
  readonly findings: Finding[];
}

export function readLedger(device: Device, storeDir: string, of: { log: number; findings: Finding[] }) {
  const bytes = readFile(device, ledgerPath(storeDir, of.log));
  const state = bytes && decodeLedger(bytes, of.log);
  if (bytes && !state) of.findings.push({ kind: "ledger", message: "The log's ledger is damaged.", log: of.log });
  return state;
}

export interface Point {
  readonly commit: number;
  readonly place: Place;
}

/** The commits at which a living volume itself can be read, ascending. */
export function* ownPointsOf({ log, state, scan, isLiving }: LogFacts, catalogue: Catalogue): Generator<Point> {
  if (!isLiving) return;
  const marked = new Set([...catalogue.marksOf(log).values()].map(({ commit }) => commit));
  for (const { commit, isTick, segment, unit } of state?.kept ?? [])
    if (isTick || marked.has(commit)) yield { commit, place: { log, segment, unit } };
  for (const { commit, place } of scan.commits) if (commit >= (state?.since.commit ?? 0)) yield { commit, place };
}

/** The exact part has every commit; marks and forks name commits that are there. */
export function checkPoints(parts: LedgerParts, facts: LogFacts): void {
  const { log, volumeId, state, scan } = facts;
  const report = (message: string) => parts.findings.push({ kind: "point", message, volumeId, log });
  const commits = scan.commits.filter(({ commit }) => commit >= (state?.since.commit ?? 0));
  if (facts.isLiving) for (const gap of findGaps(commits, state)) report(gap);
  const kept = state ? [...state.kept, state.since] : [];
  const known = new Set([...commits, ...kept].map(({ commit }) => commit));
  for (const { commit, markId } of parts.catalogue.marksOf(log).values())
    if (!known.has(commit)) report(`The mark ${markId} names commit ${commit}, which is not kept.`);
  for (const [commit, owners] of parts.catalogue.pinsOf(log))
    if (!known.has(commit)) report(`Log ${[...owners][0]} descends from commit ${commit}, which is not kept.`);
}

function* findGaps(commits: readonly { commit: number }[], state: LogState | undefined): Generator<string> {
  const first = commits[0]?.commit;
  if (first === undefined) yield "The log has no commit.";
  if (state && first !== state.since.commit)
    yield `Commit ${state.since.commit}, where exact history begins, is missing.`;
  for (const [at, { commit }] of commits.entries()) {
    const before = commits[at - 1]?.commit ?? commit - 1;
    if (commit !== before + 1) yield `Commits between ${before} and ${commit} are missing.`;
  }
}

/** What a ledger says about its log, compared with the log. */
export function checkLedger(parts: LedgerParts, facts: LogFacts): void {
  const { log, state, volumeId, scan } = facts;
  if (!state) return;
  const report = (message: string, at: { segment?: number; unit?: number } = {}) =>
    parts.findings.push({ kind: "ledger", message, volumeId, log, ...at });
  const head = scan.commits.at(-1)?.commit ?? 0;
  if (facts.isLiving && state.seenCommit > head)
    report(`The log ends with commit ${head}, and commit ${state.seenCommit} was seen in it.`);
  const own = state.kept.filter(({ isTick }) => isTick && facts.isLiving);
  for (const kept of [...own, state.since]) checkKept(parts, facts, kept);
  for (const [at, { commit }] of state.kept.entries())
    if (commit >= (state.kept[at + 1]?.commit ?? state.since.commit)) report(`Kept commit ${commit} is out of order.`);
  for (const [segment, units] of state.collected)
    if (units > state.freed.countIn(segment))
      report(`More units were collected (${units}) than were freed (${state.freed.countIn(segment)}).`, { segment });
  for (const segment of state.freed.segments)
    if (state.freed.has(segment, 0)) report("A segment's header was freed.", { segment, unit: 0 });
  for (const message of retainedContradictions(state)) report(message.text, message);
}

function checkKept(parts: LedgerParts, facts: LogFacts, kept: Omit<KeptCommit, "nextMicros" | "isTick">): void {
  const { log, volumeId, isLiving } = facts;
  const { commit, micros, moments, segment, unit } = kept;
  const header = parts.reader.findFrame({ log, segment, unit })?.header;
  // A deleted volume's own commits are nobody's; a missing frame is reported where the commit is read.
  if (!header || !isLiving) return;
  if (header.commit === commit && header.micros === micros && header.moments === moments) return;
  const message = `The ledger says of commit ${commit} what its record does not.`;
  parts.findings.push({ kind: "ledger", message, volumeId, log, segment, unit });
}

function* retainedContradictions({ retained, freed }: LogState) {
  for (const { key, values } of retained.entries()) {
    const [birth, death, units] = [values[RETAINED.birth], values[RETAINED.death], values[RETAINED.units]] as number[];
    const at = { segment: segmentOf(key), unit: unitOf(key) };
    if ((birth as number) >= (death as number))
      yield { ...at, text: `A slot died at ${death}, before its birth at ${birth}.` };
    for (let unit = at.unit; unit < at.unit + (units as number); unit++)
      if (freed.has(at.segment, unit)) yield { segment: at.segment, unit, text: "A unit is both kept and freed." };
  }
}
