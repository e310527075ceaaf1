"use client";
import { useQueryClient } from "@tanstack/react-query";
import { parseAsString, useQueryStates } from "nuqs";
import { useRef, useState } from "react";
import { useFormKey } from "@/components/ui/use-form-key";
import type { ActionResult } from "@/lib/client/action-result";
import { attempt } from "@/lib/client/attempt";
import {
  type CreateField,
  type CreateFormState,
  type CreateProblem,
  EMPTY,
  findCreateField,
  POSTGRES,
  readCreateForm,
  toCreateValues,
} from "@/lib/client/create-form";
import { refreshServices } from "@/lib/client/services-cache";
import type { CreateServiceBody, ServiceDto } from "@/lib/schemas/service";

export type CreateAction = (body: CreateServiceBody, key: string) => Promise<ActionResult<{ service: ServiceDto }>>;

// `made` is the service that this form has made: a reload finds its progress again instead of an empty form.
const URL_STATE = {
  image: parseAsString.withDefault(POSTGRES),
  start: parseAsString.withDefault(EMPTY),
  name: parseAsString.withDefault(""),
  environment: parseAsString.withDefault("DEV"),
  made: parseAsString,
};

interface Refusal {
  readonly field: CreateField | undefined;
  readonly problem: string;
  readonly fix: CreateProblem["fix"];
  readonly at: CreateFormState;
}

/** State of the form for a new service; the URL holds the choices. */
export function useCreateForm(services: readonly ServiceDto[], createService: CreateAction) {
  const [url, setUrl] = useQueryStates(URL_STATE, { history: "replace" });
  const cache = useQueryClient();
  const [left, setLeft] = useState<ReadonlySet<CreateField>>(() => new Set<CreateField>(url.name ? ["name"] : []));
  const [refusal, setRefusal] = useState<Refusal>();
  const [turn, setTurn] = useState(0);
  const [pending, setPending] = useState(false);
  const busy = useRef(false);
  const { keyFor } = useFormKey();

  const { made, ...state } = url;
  const reading = readCreateForm(state, services);
  // A form that has made its service has nothing left to settle: its name is taken, by that service.
  const problems = reading.ok || made ? [] : reading.problems;
  const refused = refusal && sameForm(refusal.at, state) ? refusal : undefined;

  function findProblem(field: CreateField): { problem: string; fix: CreateProblem["fix"] } | undefined {
    const own = problems.find((problem) => problem.field === field);
    // What a card rules out shows at once; what is typed shows when it has been left.
    if (own) return turn > 0 || left.has(field) || field !== "name" ? own : undefined;
    return refused?.field === field ? refused : undefined;
  }

  async function submit(): Promise<void> {
    if (busy.current || made) return;
    setRefusal(undefined);
    if (!reading.ok) return setTurn((count) => count + 1);
    busy.current = true;
    setPending(true);
    const result = await attempt(createService(reading.body, keyFor(reading.body)));
    busy.current = false;
    setPending(false);
    if (!result.ok) {
      setRefusal({ field: findCreateField(result.field), problem: result.message, fix: result.fix, at: state });
      return setTurn((count) => count + 1);
    }
    setTurn(0);
    await setUrl({ made: result.service.service_id });
    await refreshServices(cache);
  }

  return {
    state,
    reading,
    made,
    pending,
    turn,
    summary: turn === 0 ? [] : [...problems, ...(refused ? [refused] : [])],
    set: (values: Partial<CreateFormState>) => void setUrl(values),
    fix: (values: Record<string, string>) => void setUrl(toCreateValues(values)),
    leave: (field: CreateField) => setLeft((fields) => new Set(fields).add(field)),
    findProblem,
    submit,
    again: () => {
      setTurn(0);
      void setUrl({ made: null });
    },
  };
}

const sameForm = (a: CreateFormState, b: CreateFormState): boolean =>
  (Object.keys(a) as CreateField[]).every((field) => a[field] === b[field]);
