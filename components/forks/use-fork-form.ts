"use client";
import { useQueryClient } from "@tanstack/react-query";
import { parseAsString, useQueryStates } from "nuqs";
import { useRef, useState } from "react";
import { useSourceHistory } from "@/components/history/use-source-history";
import { useNowMinute, useZone } from "@/components/shell/clock";
import { useFormKey } from "@/components/ui/use-form-key";
import type { ActionFailure, ActionResult } from "@/lib/client/action-result";
import { attempt } from "@/lib/client/attempt";
import {
  type FieldProblem,
  type ForkField,
  type ForkFormState,
  type ForkRequest,
  findForkField,
  readForkForm,
  toFormValues,
  USE_NEWEST,
} from "@/lib/client/fork-form";
import { findSource } from "@/lib/client/fork-source";
import { historyKeys } from "@/lib/client/history";
import type { LifetimeLimits } from "@/lib/client/lifetime";
import { suggestForkName } from "@/lib/client/names";
import { serverClock } from "@/lib/client/server-clock";
import { refreshServices } from "@/lib/client/services-cache";
import { findForkObstacle, isFork, listTakenNames } from "@/lib/client/status";
import type { ServiceDto } from "@/lib/schemas/service";

export interface ForkPolicy extends LifetimeLimits {
  readonly graceSeconds: number;
  /** What stands in the field at first: the project's default. */
  readonly defaultTtl: string;
}

export type ForkAction = (request: ForkRequest, key: string) => Promise<ActionResult<{ service: ServiceDto }>>;

export interface ForkFormOptions {
  readonly services: readonly ServiceDto[];
  readonly bin: readonly ServiceDto[];
  readonly policy: ForkPolicy;
  readonly forkService: ForkAction;
}

// Strategy, moment, event and snapshot reopen the identical choice. `made` is the fork that this form has made: a reload finds its progress again instead of an empty form.
const URL_STATE = {
  source: parseAsString,
  strategy: parseAsString.withDefault("NOW"),
  at: parseAsString.withDefault(""),
  event: parseAsString.withDefault(""),
  commit: parseAsString.withDefault(""),
  snapshot: parseAsString.withDefault(""),
  inexact: parseAsString.withDefault(""),
  ttl: parseAsString,
  reason: parseAsString.withDefault(""),
  name: parseAsString,
  made: parseAsString,
};

/** The wizard's state and what it can do. The URL holds the choices; problems show where a person has been. */
export function useForkForm({ services, bin, policy, forkService }: ForkFormOptions) {
  const [url, setUrl] = useQueryStates(URL_STATE, { history: "replace" });
  const cache = useQueryClient();
  const { zone } = useZone();
  const nowMs = useNowMinute();
  const [openedMs] = useState(nowMs);
  const [left, setLeft] = useState<ReadonlySet<ForkField>>(() => new Set(listGiven(url)));
  const [refusal, setRefusal] = useState<Refusal>();
  const [turn, setTurn] = useState(0);
  const [pending, setPending] = useState(false);
  const busy = useRef(false);
  const { keyFor, forget } = useFormKey();

  const source = findSource(services, url.source ?? findOnlySource(services)?.service_id ?? "");
  const suggestion = suggestForkName(source?.name ?? "fork", openedMs, listTakenNames(services));
  const state: ForkFormState = {
    source: url.source ?? source?.name ?? "",
    strategy: url.strategy,
    at: url.at,
    event: url.event,
    commit: url.commit,
    snapshot: url.snapshot,
    inexact: url.inexact,
    ttl: url.ttl ?? policy.defaultTtl,
    reason: url.reason,
    name: url.name ?? suggestion,
  };
  const history = useSourceHistory({ source, state, frozen: url.made !== null });
  const context = { services, bin, history: history.known, zone, limits: policy, nowMs };
  const reading = readForkForm(state, context);
  const refused = refusal && sameForm(refusal.at, state) ? refusal : undefined;
  // A form that has made its fork has nothing left to settle: its name is taken, by that fork.
  const problems = reading.ok || url.made ? [] : reading.problems;
  // The form has come to see what the server refused: once is enough.
  const isSaid = problems.some(({ field }) => field === refused?.field);
  const leave = (field: ForkField) => setLeft((fields) => new Set(fields).add(field));

  function findProblem(field: ForkField): Pick<FieldProblem, "problem" | "fix"> | undefined {
    const own = problems.find((problem) => problem.field === field);
    // What the engine says of a moment is the answer to having chosen it.
    if (own) return turn > 0 || left.has(field) || own.problem === history.known.refusal?.problem ? own : undefined;
    return refused?.field === field ? refused : undefined;
  }

  async function submit(): Promise<void> {
    if (busy.current || url.made) return;
    const now = readForkForm(state, { ...context, nowMs: serverClock.nowMs() });
    setRefusal(undefined);
    if (!now.ok) return setTurn((count) => count + 1);
    busy.current = true;
    setPending(true);
    const result = await attempt(forkService(now.request, keyFor(now.request)));
    busy.current = false;
    setPending(false);
    if (!result.ok) {
      const field = findForkField(result.field);
      // It went after it was listed. What stands in the list now is the way out.
      const isGone = field === "snapshot" && result.code === "NO_SNAPSHOT";
      setRefusal({ field, problem: result.message, fix: isGone ? [USE_NEWEST] : result.fix, at: state });
      setTurn((count) => count + 1);
      return isGone ? cache.invalidateQueries({ queryKey: historyKeys.all }) : undefined;
    }
    setTurn(0);
    const { name, service_id } = result.service;
    await setUrl({ made: service_id, name, source: state.source });
    await refreshServices(cache);
  }

  function again(): void {
    forget();
    setTurn(0);
    setLeft(new Set());
    setRefusal(undefined);
    void setUrl({ made: null, name: null });
  }

  return {
    state,
    source,
    history,
    reading,
    made: url.made,
    pending,
    turn,
    /** Everything in the way, for the summary on top; empty before the first press. */
    summary: turn === 0 ? [] : [...problems, ...(refused && !isSaid ? [refused] : [])],
    suggested: url.name === null,
    set: (values: Partial<ForkFormState>) => void setUrl(values),
    fix: (values: Record<string, string>) => {
      setRefusal(undefined);
      void setUrl(toFormValues(values));
    },
    suggest: () => void setUrl({ name: null }),
    leave,
    findProblem,
    submit,
    again,
  };
}

/** What the server refused, and the form that it refused: it stands until the form changes. */
interface Refusal {
  /** Undefined when it belongs to no field: then it stands in the summary alone. */
  readonly field: ForkField | undefined;
  readonly problem: string;
  readonly fix: ActionFailure["fix"];
  readonly at: ForkFormState;
}

const sameForm = (a: ForkFormState, b: ForkFormState): boolean =>
  (Object.keys(a) as (keyof ForkFormState)[]).every((field) => a[field] === b[field]);

const listGiven = (url: Record<string, string | null>): ForkField[] => [
  ...(["source", "strategy", "ttl", "name"] as const).filter((field) => url[field] !== null),
  ...(url.snapshot ? (["snapshot"] as const) : []),
  ...(url.at || url.event || url.commit ? (["moment"] as const) : []),
];

/** With one service there is nothing to choose. */
function findOnlySource(services: readonly ServiceDto[]): ServiceDto | undefined {
  const sources = services.filter((service) => !isFork(service) && !findForkObstacle(service));
  return sources.length === 1 ? sources[0] : undefined;
}
