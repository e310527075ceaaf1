import type { CommitPoint } from "@/lib/engine-client";
import { AppError, type Fix } from "@/lib/std/app-error";
import { formatMicros } from "@/lib/std/micros";
import type { ServicesContext } from "./context";
import type { ServiceRow } from "./find-service-row";
import { isForkable } from "./service-state";

/** What was asked for, for a sentence about why it cannot be had. */
export interface AskedMoment {
  readonly source: ServiceRow;
  readonly micros?: number | undefined;
  readonly commit?: number | undefined;
  readonly snapshotId?: string | undefined;
  /** The request's field that named it. */
  readonly field: string;
}

/** Passes on what the engine answers; what it refuses gets the sentence, the facts and the ways out that a person needs. */
export async function sayingTarget<Answer>(
  context: ServicesContext,
  asked: AskedMoment,
  answer: Promise<Answer>,
): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === "TARGET_OUTSIDE_WAL_WINDOW") throw sayOutside(asked, error, await findParent(context, asked));
    throw SAY[error.code]?.(asked, error) ?? error;
  }
}

/** A target that names no moment at all: refused with both ends of the window, when the engine knows them. */
export async function withWindowEnds(
  { engine }: ServicesContext,
  source: ServiceRow,
  refusal: AppError,
): Promise<AppError> {
  try {
    const { earliest, latestMicros } = await engine.history.window({ volumeId: source.volumeId });
    const { details, fix } = sayEnds({ earliest: earliest.micros, latest: latestMicros });
    const field = refusal.field === undefined ? {} : { field: refusal.field };
    return new AppError(refusal.code, refusal.message, { ...field, details, fix });
  } catch {
    return refusal;
  }
}

type Say = (asked: AskedMoment, error: AppError) => AppError;

const SAY: Partial<Record<AppError["code"], Say>> = {
  TARGET_THINNED: sayThinned,
  TARGET_IN_WAL_GAP: sayGap,
  NO_SNAPSHOT: sayNoSnapshot,
};

type Parent = NonNullable<ServiceRow["forkedFrom"]>;

/** What came before a fork was made is its parent's history, not its own: the parent, where it still has that moment. */
async function findParent(
  { engine }: ServicesContext,
  { source: { forkedFrom, createdAt }, micros }: AskedMoment,
): Promise<Parent | undefined> {
  if (!forkedFrom || micros === undefined || micros >= createdAt.getTime() * 1000) return undefined;
  if (!isForkable(forkedFrom.status)) return undefined;
  try {
    await engine.history.resolve({ volumeId: forkedFrom.volumeId, at: { micros, acceptInexact: true } });
    return forkedFrom;
  } catch {
    return undefined; // nor has it the moment, or nobody can say
  }
}

function sayOutside(asked: AskedMoment, cause: AppError, parent: Parent | undefined): AppError {
  const { source, micros, field } = asked;
  const ends = { earliest: toNumber(cause.details?.earliest), latest: toNumber(cause.details?.latest) };
  const { details, fix } = sayEnds(ends);
  const isFuture = micros !== undefined && ends.latest !== undefined && micros > ends.latest;
  const sentences = isFuture
    ? [`${sayMoment(asked)} is in the future. Latest recoverable is ${details.latest}.`]
    : [
        `${sayMoment(asked)} is not recoverable. You can fork ${source.name} between ${details.earliest} and ${details.latest}.`,
        ...(parent ? [`It was forked later than that: ${parent.name} still has that moment.`] : []),
      ];
  return new AppError(cause.code, sentences.join(" "), {
    field,
    details: { ...details, ...(parent && { parent: parent.id }) },
    fix: isFuture ? fix.slice(1) : fix,
    cause,
  });
}

function sayThinned(asked: AskedMoment, cause: AppError): AppError {
  const { details, before, after } = readNeighbours(cause);
  const kept = [before && `before it at ${before.time}`, after && `after it at ${after.time}`]
    .filter(Boolean)
    .join(" and ");
  const message = `${sayMoment(asked)} was thinned out of the history of ${asked.source.name}. The nearest kept commits are ${kept}.`;
  const fix: Fix[] = [
    ...(before ? [{ label: `Use ${before.time}`, set: { target_time: before.time } }] : []),
    ...(after ? [{ label: `Use ${after.time}`, set: { target_time: after.time } }] : []),
  ];
  return new AppError(cause.code, message, { field: asked.field, details, fix, cause });
}

function sayGap(asked: AskedMoment, cause: AppError): AppError {
  const { details, before, after } = readNeighbours(cause);
  const commits = `commit ${before?.commit} and commit ${after?.commit}`;
  const message = `${sayMoment(asked)} happened twice in ${asked.source.name}: the clock was set back between ${commits}. Fork one of the two by its number.`;
  const fix: Fix[] = [
    ...(before ? [{ label: `Before gap: commit ${before.commit}`, set: { commit: String(before.commit) } }] : []),
    ...(after ? [{ label: `After gap: commit ${after.commit}`, set: { commit: String(after.commit) } }] : []),
  ];
  return new AppError(cause.code, message, { field: asked.field, details, fix, cause });
}

function sayNoSnapshot({ source, snapshotId, field }: AskedMoment, cause: AppError): AppError {
  const message =
    snapshotId === undefined
      ? `${source.name} has no snapshot yet. Take one, or fork it as it is now.`
      : `${source.name} has no snapshot ${snapshotId}. It may have been deleted.`;
  const fix = [{ label: "Fork it as it is now", set: { fork_strategy: "NOW" } }];
  return new AppError(cause.code, message, { field, fix, cause });
}

function sayMoment({ micros, commit, snapshotId }: AskedMoment): string {
  if (micros !== undefined) return formatMicros(micros);
  return commit === undefined ? `Snapshot ${snapshotId}` : `Commit ${commit}`;
}

function sayEnds(ends: { earliest: number | undefined; latest: number | undefined }) {
  const earliest = ends.earliest === undefined ? null : formatMicros(ends.earliest);
  const latest = ends.latest === undefined ? null : formatMicros(ends.latest);
  const fix: Fix[] = [
    ...(earliest ? [{ label: "Use earliest", set: { target_time: earliest } }] : []),
    ...(latest ? [{ label: "Use latest", set: { target_time: latest } }] : []),
  ];
  return { details: { earliest, latest }, fix };
}

function readNeighbours({ details }: AppError) {
  const [before, after] = [toCommit(details?.before), toCommit(details?.after)];
  return { before, after, details: { before: before ?? null, after: after ?? null } };
}

const toNumber = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

function toCommit(value: unknown): { commit: number; time: string } | undefined {
  const { commit, micros } = (value ?? {}) as Partial<CommitPoint>;
  return commit === undefined || micros === undefined ? undefined : { commit, time: formatMicros(micros) };
}
