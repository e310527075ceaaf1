import type { ForkServiceBody, ForkStrategyDto, ServiceDto } from "@/lib/schemas/service";
import type { Fix } from "@/lib/std/app-error";
import { type Lifetime, type LifetimeContext, readLifetime } from "./lifetime";
import { findNameProblem } from "./names";
import { findForkObstacle, listTakenNames } from "./status";

/** What the wizard's URL says, word for word: what is wrong in it is shown, not dropped. */
export interface ForkFormState {
  /** A source's name or id. */
  readonly source: string;
  readonly strategy: string;
  readonly ttl: string;
  readonly name: string;
}

export type ForkField = keyof ForkFormState;

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
  /** Why it cannot be chosen, or undefined. */
  readonly unavailable?: string;
}

export const STRATEGIES: readonly StrategyCard[] = [
  { value: "NOW", title: "Now", line: "The latest committed data.", bestFor: "An incident happening now" },
  {
    value: "LAST_SNAPSHOT",
    title: "Last snapshot",
    line: "The newest snapshot.",
    bestFor: "Migration rehearsal, load test, CI",
    unavailable: "This version takes no snapshots.",
  },
  {
    value: "PITR",
    title: "Point in time",
    line: "A moment you choose.",
    bestFor: "What it looked like before it broke",
    unavailable: "This version keeps no history to choose from.",
  },
];

export interface ForkFormContext extends LifetimeContext {
  readonly services: readonly ServiceDto[];
}

export interface ForkRequest {
  readonly sourceId: string;
  readonly body: ForkServiceBody;
}

export type ForkFormReading =
  | { readonly ok: true; readonly request: ForkRequest }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** The source that a state names, by name or id. */
export function findSource(services: readonly ServiceDto[], source: string): ServiceDto | undefined {
  return services.find(({ name }) => name === source) ?? services.find(({ service_id }) => service_id === source);
}

export const findStrategy = (strategy: string): StrategyCard | undefined =>
  STRATEGIES.find(({ value }) => value === strategy);

const FIELDS: Record<string, ForkField> = {
  source: "source",
  fork_strategy: "strategy",
  strategy: "strategy",
  target_time: "strategy",
  ttl: "ttl",
  expires_at: "ttl",
  name: "name",
};

/** The form's field for a field of the API's request, or undefined when it has none. */
export const findForkField = (field: string | undefined): ForkField | undefined => FIELDS[field ?? ""];

/** What a fix sets, in the form's fields. */
export function toFormValues(set: Record<string, string>): Partial<ForkFormState> {
  return Object.fromEntries(
    Object.entries(set).flatMap(([field, value]) => {
      const known = findForkField(field);
      return known ? [[known, value]] : [];
    }),
  );
}

/** Reads the whole form: the request that it makes, or what stands in the way, in the order of the fields. */
export function readForkForm(state: ForkFormState, context: ForkFormContext): ForkFormReading {
  const source = findSource(context.services, state.source);
  const lifetime = readLifetime(state.ttl, context);
  const name = findNameProblem(state.name, listTakenNames(context.services));
  const problems: FieldProblem[] = [];
  const report = (field: ForkField, problem: string | undefined, fix: readonly Fix[] = []) => {
    if (problem) problems.push({ field, problem, fix });
  };
  report("source", findSourceProblem(state.source, source));
  report("strategy", findStrategyProblem(state.strategy), [{ label: "Use Now", set: { strategy: "NOW" } }]);
  if (!lifetime.ok) report("ttl", lifetime.problem, lifetime.fix);
  report("name", name?.problem, name?.free ? [{ label: `Use ${name.free}`, set: { name: name.free } }] : []);
  if (problems.length || !source || !lifetime.ok) return { ok: false, problems };
  return { ok: true, request: { sourceId: source.service_id, body: toForkBody(state.name, lifetime.lifetime) } };
}

const toForkBody = (name: string, lifetime: Lifetime): ForkServiceBody => ({
  fork_strategy: "NOW",
  name: name.trim(),
  ...lifetime,
});

function findSourceProblem(asked: string, source: ServiceDto | undefined): string | undefined {
  if (source) return findForkObstacle(source);
  return asked ? `No service here is called “${asked}”. Choose one of these.` : "Choose the service to fork.";
}

function findStrategyProblem(strategy: string): string | undefined {
  const card = findStrategy(strategy);
  if (!card) return `“${strategy}” is no way to fork. Choose one of these.`;
  return card.unavailable && `${card.title} is not available yet.`;
}

/** The same request as one line for a shell, with placeholders where the form is not filled in. Holds no secret. */
export function formatForkCurl(origin: string, projectId: string, reading: ForkFormReading): string {
  const { sourceId, body } = reading.ok
    ? reading.request
    : { sourceId: "<service_id>", body: { fork_strategy: "NOW", name: "<name>", ttl: "<ttl>" } };
  return [
    `curl -X POST "${origin}/public/api/v1/projects/${projectId}/services/${sourceId}/forkService" \\`,
    `  -u "$OFFSHOOT_API_KEY" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '${JSON.stringify(body).replaceAll("'", `'\\''`)}'`,
  ].join("\n");
}
