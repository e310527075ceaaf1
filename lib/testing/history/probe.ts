import type { At, CommitPoint, ForkResult, Window } from "@/lib/blocks";
import { AppError } from "@/lib/std/app-error";
import { systemClock } from "@/lib/std/clock";
import type { Random } from "@/lib/std/random";
import { countWhile, type Line } from "./line";
import type { EngineParts } from "./parts";
import { pickWeighted } from "./workload";

const KINDS = [
  ["commit", 14],
  ["transaction", 14],
  ["before-transaction", 10],
  ["time", 14],
  ["exact-time", 8],
  ["just-before", 8],
  ["now", 4],
  ["head", 4],
  ["snapshot", 14],
  ["hold", 6],
  ["first-exact", 6],
  ["earliest", 8],
  ["thinned-time", 14],
  ["thinned-or-refused", 6],
  ["too-old", 3],
  ["future", 2],
] as const;
export type ProbeKind = (typeof KINDS)[number][0];

/** A moment to fork, and how it was chosen. */
export interface Probe {
  readonly kind: ProbeKind;
  readonly at: At | undefined;
}

/** A moment at random; undefined where there is none of the drawn kind. */
export async function chooseProbe(line: Line, parts: EngineParts, random: Random): Promise<Probe | undefined> {
  const kind = pickWeighted(random, KINDS);
  const window = await parts.store.window(line.volumeId);
  const at = atOf(kind, { line, window, random });
  return at === "none" ? undefined : { kind, at };
}

interface Choice {
  readonly line: Line;
  readonly window: Window;
  readonly random: Random;
}

function atOf(kind: ProbeKind, { line, window, random }: Choice): At | undefined | "none" {
  const { earliest, exactSince, head, snapshots, holds } = window;
  const between = (from: number, to: number) => from + random.int(Math.max(0, to - from) + 1);
  const isThinned = earliest.commit < exactSince.commit;
  switch (kind) {
    case "commit":
      return { commit: between(exactSince.commit, head.commit) };
    case "time":
      return { micros: between(exactSince.micros, systemClock.nowMicros()) };
    case "now":
      return { micros: systemClock.nowMicros() };
    case "head":
      return undefined;
    case "snapshot":
      return snapshots.length > 0 ? { snapshotId: random.pick(snapshots).snapshotId } : "none";
    case "hold":
      return holds.length > 0 ? { commit: random.pick(holds).commit } : "none";
    case "first-exact":
      return random.int(2) ? { commit: exactSince.commit } : { micros: exactSince.micros };
    case "earliest":
      return random.int(2) ? { commit: earliest.commit } : { micros: earliest.micros };
    case "thinned-time":
      return isThinned ? { micros: between(earliest.micros, exactSince.micros), acceptInexact: true } : "none";
    case "thinned-or-refused":
      return isThinned ? { micros: between(earliest.micros, exactSince.micros - 1) } : "none";
    case "too-old":
      return { micros: earliest.micros - 1 - random.int(1_000_000) };
    case "future":
      return { micros: systemClock.nowMicros() + 3_600_000_000 * (1 + random.int(10)) };
    default:
      return ofTransaction(kind, { line, window, random });
  }
}

function ofTransaction(
  kind: "transaction" | "before-transaction" | "exact-time" | "just-before",
  { line, window, random }: Choice,
): At | "none" {
  const first = countWhile(line.transactions, ({ from }) => from.commit <= window.exactSince.commit);
  const exact = line.transactions.slice(first);
  if (exact.length === 0) return "none";
  const { to } = random.pick(exact);
  if (kind === "transaction") return { commit: to.commit };
  if (kind === "before-transaction") return { commit: to.commit - 1 };
  return { micros: kind === "exact-time" ? to.micros : to.micros - 1 };
}

/**
 * Forks a moment. Undefined when the store refused it and was right: the moment is outside the window, or has left it
 * meanwhile. Everything that the answer says is compared with what was acknowledged.
 */
export async function forkAt(
  line: Line,
  { volumeId, probe }: { volumeId: string; probe: Probe },
  parts: EngineParts,
): Promise<ForkResult | undefined> {
  const acknowledged = line.transactions.length;
  const before = await parts.store.window(line.volumeId);
  try {
    const result = await parts.store.fork(line.volumeId, volumeId, probe.at);
    checkResult(line, { probe, result, acknowledged, before });
    return result;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const after = await parts.store.window(line.volumeId);
    checkRefusal(probe, error, after);
    return undefined;
  }
}

interface Outcome {
  readonly probe: Probe;
  readonly result: ForkResult;
  /** Transactions that were acknowledged when the fork was asked for. */
  readonly acknowledged: number;
  readonly before: Window;
}

function checkResult(line: Line, { probe, result, acknowledged, before }: Outcome): void {
  const { at, kind } = probe;
  const { base, exact, firstLeftOutMicros, momentsMissing } = result;
  const must = (isSo: boolean, what: string) => {
    if (!isSo) throw new Error(`${what}: asked for ${JSON.stringify(probe)}, answered ${JSON.stringify(result)}`);
  };
  must(kind !== "too-old" && kind !== "future", "a moment outside the window was forked");
  must(firstLeftOutMicros === undefined || firstLeftOutMicros > base.micros, "what is left out comes later");
  if (!at) must(base.commit >= before.head.commit, "a fork of the head has the head");
  else if ("commit" in at) must(base.commit === at.commit, "a fork of a commit begins with it");
  else if ("snapshotId" in at)
    must(base.commit === line.snapshots.get(at.snapshotId), "a fork of a snapshot begins with its commit");
  else {
    must(base.micros <= at.micros, "nothing that is younger than the asked time is in");
    const known = line.countsAt(base.commit);
    const byTime = line.countUntil(at.micros);
    const missing = Math.min(byTime.least, acknowledged) - known.most;
    if (exact) {
      must(missing <= 0, "everything that was acknowledged up to the asked time is in");
      must(firstLeftOutMicros === undefined || firstLeftOutMicros > at.micros, "what is left out is younger");
    } else {
      must(at.acceptInexact === true, "only who accepts it gets an older moment");
      must(missing <= momentsMissing, "no more is missing than the answer says");
    }
  }
}

function checkRefusal({ kind, at }: Probe, error: AppError, window: Window): void {
  const isRight = () => {
    if (!at || "snapshotId" in at) return false;
    if (kind === "too-old" || kind === "future") return error.code === "TARGET_OUTSIDE_WAL_WINDOW";
    if ("commit" in at) return error.code === "TARGET_OUTSIDE_WAL_WINDOW" && at.commit < window.exactSince.commit;
    if (error.code === "TARGET_OUTSIDE_WAL_WINDOW") return at.micros < window.earliest.micros;
    return error.code === "TARGET_THINNED" && !at.acceptInexact && at.micros < window.exactSince.micros;
  };
  if (!isRight())
    throw new Error(`${JSON.stringify(at)} (${kind}) was refused: ${error.message}`, { cause: pointsOf(window) });
}

const pointsOf = ({ earliest, exactSince, head }: Window): Record<string, CommitPoint> => ({
  earliest,
  exactSince,
  head,
});
