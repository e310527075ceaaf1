"use client";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { SectionCard } from "@/components/ui/card";
import { Facts } from "@/components/ui/facts";
import { Field, FieldError, Input, inputStyle } from "@/components/ui/field";
import type { ActionResult } from "@/lib/client/action-result";
import { listPolicyFacts } from "@/lib/client/policy";
import { type PolicyField, type PolicyForm, readPolicyForm, writePolicyForm } from "@/lib/client/policy-form";
import type { PolicyDto, PutPolicyBody } from "@/lib/schemas/policy";
import { ROLES } from "@/lib/schemas/role";
import { useAct } from "./use-act";

export interface PolicyScreenProps {
  policy: PolicyDto;
  mayChange: boolean;
  save: (body: PutPolicyBody) => Promise<ActionResult<{ policy: PolicyDto }>>;
}

/** The rules of the project: to read, and for admins to change. */
export function PolicyScreen({ policy, mayChange, save }: PolicyScreenProps) {
  return (
    <SectionCard headingId="policy" title="Policy">
      {mayChange ? (
        <PolicyFields key={JSON.stringify(policy)} policy={policy} save={save} />
      ) : (
        <div className="flex flex-col gap-4">
          <Facts facts={listPolicyFacts(policy)} />
          <p className="text-fg-3">An admin can change it.</p>
        </div>
      )}
    </SectionCard>
  );
}

type TextField = Exclude<PolicyField, "allow_never" | "on_expiry" | "fork_prod_role">;

const TEXTS: readonly { field: TextField; label: string; hint: string }[] = [
  {
    field: "default_ttl_seconds",
    label: "Default TTL",
    hint: "Of a fork that names no end. Empty: each names its own.",
  },
  { field: "max_ttl_seconds", label: "Longest TTL", hint: "From now, also when a fork is extended." },
  { field: "grace_seconds", label: "Grace", hint: "So long can be restored what expired or was deleted." },
  { field: "postpone_seconds", label: "Postponement", hint: "At most, and never longer than the fork's own TTL." },
  { field: "max_forks", label: "Forks at most", hint: "That exist at once." },
  { field: "max_running", label: "Running at most", hint: "Services and forks whose Postgres runs." },
  { field: "max_store_bytes", label: "Store at most", hint: "500 GiB. Empty: what the disk holds." },
];

function PolicyFields({ policy, save }: Omit<PolicyScreenProps, "mayChange">) {
  const shown = writePolicyForm(policy);
  const { pending, failure, submit } = useAct();
  const [form, setForm] = useState(shown);
  const [wrong, setWrong] = useState<{ field: PolicyField; problem: string }>();
  const set = (values: Partial<PolicyForm>) => setForm((before) => ({ ...before, ...values }));
  const findProblem = (field: PolicyField) =>
    wrong?.field === field ? wrong.problem : failure?.field === field ? failure.message : undefined;

  async function press() {
    const reading = readPolicyForm(form, shown);
    setWrong(reading.ok ? undefined : reading);
    if (reading.ok) await submit(save(reading.body));
  }

  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void press();
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        {TEXTS.map(({ field, label, hint }) => (
          <Field key={field} label={label} hint={hint} error={findProblem(field)}>
            {(ids) => (
              <Input
                {...ids}
                className="tabular font-mono"
                value={form[field]}
                onChange={(event) => set({ [field]: event.target.value })}
                autoComplete="off"
                spellCheck={false}
              />
            )}
          </Field>
        ))}
        <Field label="With clients at the end" error={findProblem("on_expiry")}>
          {(ids) => (
            <select
              {...ids}
              className={inputStyle}
              value={form.on_expiry}
              onChange={(event) => set({ on_expiry: event.target.value === "stop" ? "stop" : "postpone" })}
            >
              <option value="postpone">Put off once</option>
              <option value="stop">Stop</option>
            </select>
          )}
        </Field>
        <Field label="PROD may be forked by" error={findProblem("fork_prod_role")}>
          {(ids) => (
            <select
              {...ids}
              className={inputStyle}
              value={form.fork_prod_role}
              onChange={(event) => set({ fork_prod_role: event.target.value as PolicyForm["fork_prod_role"] })}
            >
              {ROLES.map((role) => (
                <option key={role} value={role}>
                  {role} and above
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <label className="flex items-center gap-2.5">
        <input
          type="checkbox"
          checked={form.allow_never}
          onChange={(event) => set({ allow_never: event.target.checked })}
        />
        Forks may live for ever, with a reason
      </label>
      {failure && !failure.field && <FieldError role="alert">{failure.message}</FieldError>}
      <Button type="submit" variant="primary" pending={pending} className="self-start">
        Save policy
      </Button>
    </form>
  );
}
