import type { SnapshotDto } from "@/lib/schemas/history";
import type { ForkServiceBody, ForkStrategyDto } from "@/lib/schemas/service";
import type { Fix } from "@/lib/std/app-error";
import { findSource, findSourceProblem, type KnownServices } from "./fork-source";
import { type Lifetime, type LifetimeContext, readLifetime } from "./lifetime";
import { type Moment, type MomentState, readMoment } from "./moment";
import { findNameProblem } from "./names";
import { listTakenNames } from "./status";

/** What the wizard's URL says, word for word: what is wrong in it is shown, not dropped. */
export interface ForkFormState extends MomentState {
  /** A source's name or id. */
  readonly source: string;
  readonly strategy: string;
  /** Id of a snapshot; empty for the newest. */
  readonly snapshot: string;
  /** Not empty: where history is thinned, the kept commit before the moment will do. */
  readonly inexact: string;
  readonly ttl: string;
  /** With the lifetime `never`: why. */
  readonly reason: string;
  readonly name: string;
}

export type ForkField = "source" | "strategy" | "snapshot" | "moment" | "ttl" | "name";

export interface FieldProblem {
  readonly field: ForkField;
  readonly problem: string;
  readonly fix: readonly Fix[];
}

export interface StrategyCard {
  readonly value: ForkStrategyDto;
  readonly title: string;
  readonly line: string;
  readonly bestFor: string;
}

export const STRATEGIES: readonly StrategyCard[] = [
  { value: "NOW", title: "Now", line: "The latest committed data.", bestFor: "An incident happening now" },
  {
    value: "LAST_SNAPSHOT",
    title: "Last snapshot",
    line: "The newest snapshot. Fastest.",
    bestFor: "Migration rehearsal, load test, CI",
  },
  {
    value: "PITR",
    title: "Point in time",
    line: "A moment you choose.",
    bestFor: "What it looked like before it broke",
  },
];

/** What is known of the source's history while the form is filled in; unknown parts never stand in the way. */
export interface KnownHistory {
  /** Newest first; undefined while they cannot be read. */
  readonly snapshots?: readonly SnapshotDto[] | undefined;
  /** Why the chosen moment cannot be forked, in the engine's words. */
  readonly refusal?: { readonly problem: string; readonly fix: readonly Fix[] } | undefined;
  /** The commit of the chosen moment where only its number still names it: it is held, and the window has moved on. */
  readonly heldCommit?: number | undefined;
}

export interface ForkFormContext extends LifetimeContext, KnownServices {
  readonly history: KnownHistory;
}

export interface ForkRequest {
  readonly sourceId: string;
  readonly body: ForkServiceBody;
}

export type ForkFormReading =
  | { readonly ok: true; readonly request: ForkRequest }
  | { readonly ok: false; readonly problems: readonly FieldProblem[]; readonly strategy: string };

export const findStrategy = (strategy: string): StrategyCard | undefined =>
  STRATEGIES.find(({ value }) => value === strategy);

const FIELDS: Record<string, ForkField> = {
  source: "source",
  fork_strategy: "strategy",
  strategy: "strategy",
  snapshot_id: "snapshot",
  target_time: "moment",
  target_event: "moment",
  commit: "moment",
  accept_inexact: "moment",
  time: "moment",
  event: "moment",
  ttl: "ttl",
  expires_at: "ttl",
  never_reason: "ttl",
  name: "name",
};

/** The form's field for a field of the API's request, or undefined when it has none. */
export const findForkField = (field: string | undefined): ForkField | undefined => FIELDS[field ?? ""];

/** What a fix sets, in the form's fields. A moment replaces the one before it, however that was said. */
export function toFormValues(set: Record<string, string>): Partial<ForkFormState> {
  const values = Object.entries(set).map(([field, value]) => VALUES[field]?.(value));
  return Object.assign({}, ...values);
}

/** The fields of a moment that is asked for by time, by event or by number; a typed time stays where it is not replaced. */
export const atTime = (at: string) => ({ at, event: "", commit: "", inexact: "" });
export const beforeEvent = (event: string) => ({ event, commit: "", inexact: "" });
const atCommit = (commit: string) => ({ commit, event: "", inexact: "" });

const VALUES: Record<string, (value: string) => Partial<ForkFormState>> = {
  source: (source) => ({ source }),
  strategy: (strategy) => ({ strategy }),
  fork_strategy: (strategy) => ({ strategy }),
  snapshot_id: (snapshot) => ({ snapshot }),
  target_time: atTime,
  target_event: beforeEvent,
  commit: atCommit,
  accept_inexact: () => ({ inexact: "yes" }),
  ttl: (ttl) => ({ ttl }),
  expires_at: (ttl) => ({ ttl }),
  name: (name) => ({ name }),
};

/** Reads the whole form: the request that it makes, or what stands in the way, in the order of the fields. */
export function readForkForm(state: ForkFormState, context: ForkFormContext): ForkFormReading {
  const source = findSource(context.services, state.source);
  const lifetime = readLifetime(state.ttl, { ...context, reason: state.reason });
  const name = findNameProblem(state.name, listTakenNames(context.services));
  const problems: FieldProblem[] = [];
  const report = (field: ForkField, problem: string | undefined, fix: readonly Fix[] = []) => {
    if (problem) problems.push({ field, problem, fix });
  };
  const sourceProblem = findSourceProblem(state.source, context);
  report("source", sourceProblem?.problem, sourceProblem?.fix);
  report("strategy", findStrategyProblem(state.strategy), [{ label: "Use Now", set: { strategy: "NOW" } }]);
  const point = readPoint(state, context.history);
  if (!point.ok) problems.push(point.problem);
  if (!lifetime.ok) report("ttl", lifetime.problem, lifetime.fix);
  report("name", name?.problem, name?.free ? [{ label: `Use ${name.free}`, set: { name: name.free } }] : []);
  if (problems.length || !source || !point.ok || !lifetime.ok) return { ok: false, problems, strategy: state.strategy };
  return {
    ok: true,
    request: { sourceId: source.service_id, body: toForkBody(state.name, point.point, lifetime.lifetime) },
  };
}

type Point = Pick<
  ForkServiceBody,
  "fork_strategy" | "target_time" | "target_event" | "commit" | "accept_inexact" | "snapshot_id"
>;

type PointReading =
  | { readonly ok: true; readonly point: Point }
  | { readonly ok: false; readonly problem: FieldProblem };

/** The recovery point: which commit the fork is to begin with. */
function readPoint(state: ForkFormState, history: KnownHistory): PointReading {
  if (state.strategy === "LAST_SNAPSHOT") return readSnapshot(state.snapshot, history.snapshots);
  if (state.strategy === "PITR") return readPitr(state, history);
  return { ok: true, point: { fork_strategy: "NOW" } };
}

function readSnapshot(asked: string, snapshots: KnownHistory["snapshots"]): PointReading {
  const refuse = (problem: string, fix: readonly Fix[] = []): PointReading => ({
    ok: false,
    problem: { field: "snapshot", problem, fix },
  });
  // What stands on the screen is what is asked for: a newer one may be taken before the button is pressed.
  const snapshot = findSnapshot(asked, snapshots);
  if (snapshots?.length === 0)
    return refuse(
      asked
        ? "That snapshot was deleted, and there is no other one. Take one now, or choose another way to fork."
        : "There is no snapshot yet. Take one now, or choose another way to fork.",
    );
  if (!snapshot && snapshots) return refuse("That snapshot was deleted. Choose another one.", [USE_NEWEST]);
  const id = snapshot?.id ?? asked;
  return { ok: true, point: { fork_strategy: "LAST_SNAPSHOT", ...(id && { snapshot_id: id }) } };
}

/** The way out where the chosen snapshot is gone: a fork as it is now would be something else. */
export const USE_NEWEST: Fix = { label: "Use the newest", set: { snapshot_id: "" } };

/** The snapshot with this id; without an id the newest. */
export const findSnapshot = (asked: string, snapshots: KnownHistory["snapshots"]): SnapshotDto | undefined =>
  asked ? snapshots?.find(({ id }) => id === asked) : snapshots?.[0];

function readPitr(state: ForkFormState, { refusal, heldCommit }: KnownHistory): PointReading {
  const reading = readMoment(state);
  if (!reading.ok) return { ok: false, problem: { field: "moment", problem: reading.problem, fix: [] } };
  if (refusal) return { ok: false, problem: { field: "moment", ...refusal } };
  const moment = heldCommit === undefined ? reading.moment : { commit: heldCommit };
  return { ok: true, point: { fork_strategy: "PITR", ...toTarget(moment, state.inexact !== "") } };
}

function toTarget(moment: Moment, inexact: boolean): Partial<Point> {
  if ("commit" in moment) return { commit: moment.commit };
  if ("event" in moment) return { target_event: moment.event };
  return { target_time: moment.time, ...(inexact && { accept_inexact: true }) };
}

const toForkBody = (name: string, point: Point, lifetime: Lifetime): ForkServiceBody => ({
  ...point,
  name: name.trim(),
  ...lifetime,
});

function findStrategyProblem(strategy: string): string | undefined {
  return findStrategy(strategy) ? undefined : `“${strategy}” is no way to fork. Choose one of these.`;
}

/** The same request as one line for a shell, with placeholders where the form is not filled in. Holds no secret. */
export function formatForkCurl(origin: string, projectId: string, reading: ForkFormReading): string {
  const { sourceId, body } = reading.ok
    ? reading.request
    : { sourceId: "<service_id>", body: unfilled(reading.strategy) };
  return [
    `curl -X POST "${origin}/public/api/v1/projects/${projectId}/services/${sourceId}/forkService" \\`,
    `  -u "$OFFSHOOT_API_KEY" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '${JSON.stringify(body).replaceAll("'", `'\\''`)}'`,
  ].join("\n");
}

const unfilled = (strategy: string) => ({
  fork_strategy: strategy,
  ...(strategy === "PITR" && { target_time: "<time>" }),
  name: "<name>",
  ttl: "<ttl>",
});
