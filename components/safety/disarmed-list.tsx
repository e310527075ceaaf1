"use client";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field, FieldError, Input } from "@/components/ui/field";
import { DISARMED_KINDS, type SafetyData, sayDetails } from "@/lib/client/safety";
import { isReady } from "@/lib/client/status";
import type { DisarmedDto } from "@/lib/schemas/safety";
import type { ServiceDto } from "@/lib/schemas/service";
import type { SafetyActions } from "./safety-actions";
import { useSafetyChange } from "./use-safety-change";

export interface DisarmedListProps {
  service: ServiceDto;
  data: SafetyData;
  actions: SafetyActions;
}

/** What the fork was not given of its source's abilities, by kind, each with the switch that gives it. */
export function DisarmedList({ service, data, actions }: DisarmedListProps) {
  return (
    <div className="flex flex-col gap-4">
      {DISARMED_KINDS.map(({ kind, title, why }) => {
        const items = data.disarmed.filter((item) => item.kind === kind);
        return (
          <section key={kind} aria-labelledby={`safety-${kind}`} className="flex flex-col gap-1.5">
            <h3 id={`safety-${kind}`} className="font-medium">
              {title}
            </h3>
            <p className="text-fg-3 text-sm">{items.length === 0 ? "The source had none to switch off." : why}</p>
            {items.length > 0 && (
              <ul className="flex flex-col divide-y divide-border">
                {items.map((item) => (
                  <Item key={item.id} item={item} service={service} mayArm={data.may.arm} actions={actions} />
                ))}
              </ul>
            )}
          </section>
        );
      })}
    </div>
  );
}

interface ItemProps {
  item: DisarmedDto;
  service: ServiceDto;
  mayArm: boolean;
  actions: SafetyActions;
}

function Item({ item, service, mayArm, actions }: ItemProps) {
  const { pending, change } = useSafetyChange(service.service_id);
  const [problem, setProblem] = useState<string>();
  const [asksPassword, setAsksPassword] = useState(false);
  const isRole = item.kind === "role_password";
  const canArm = mayArm && isReady(service) && (isRole || item.armed_at === null);

  async function arm(password?: string) {
    const action = actions.armItem(service.service_id, item.id, password);
    const failure = await change(action, isRole ? `${item.name} gets its password.` : `${item.name} is switched on.`);
    setProblem(failure);
    if (failure === undefined) setAsksPassword(false);
  }

  return (
    <li className="flex flex-col gap-2 py-2">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1.5">
        <div className="min-w-0">
          <p className="break-words">{item.name}</p>
          <p className="break-words text-fg-3 text-sm">
            {[sayDetails(item), sayState(item)].filter(Boolean).join(" · ")}
          </p>
        </div>
        {canArm && !asksPassword && (
          <Button size="sm" pending={pending} onClick={() => (isRole ? setAsksPassword(true) : arm())}>
            {isRole ? "Set password" : "Switch on"}
            <span className="sr-only"> {item.name}</span>
          </Button>
        )}
      </div>
      {asksPassword && (
        <PasswordForm
          name={item.name}
          pending={pending}
          problem={problem}
          onSubmit={arm}
          onCancel={() => setAsksPassword(false)}
        />
      )}
      {problem && !asksPassword && <FieldError role="alert">{problem}</FieldError>}
    </li>
  );
}

const sayState = ({ kind, armed_at, armed_by }: DisarmedDto): string => {
  if (armed_at === null) return kind === "role_password" ? "no password" : "off";
  return `${kind === "role_password" ? "password set" : "on"}${armed_by ? ` by ${armed_by}` : ""}`;
};

interface PasswordFormProps {
  name: string;
  pending: boolean;
  problem: string | undefined;
  onSubmit: (password: string) => void;
  onCancel: () => void;
}

function PasswordForm({ name, pending, problem, onSubmit, onCancel }: PasswordFormProps) {
  const [password, setPassword] = useState("");
  function submit(event: FormEvent) {
    event.preventDefault();
    if (!pending) onSubmit(password);
  }
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-2">
      <Field label={`Password for ${name}`} error={problem} hint="At least 8 characters. It is not shown again.">
        {(ids) => (
          <Input
            {...ids}
            type="password"
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" size="sm" pending={pending}>
          Set password
        </Button>
        <Button size="sm" variant="ghost" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
