"use client";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { Field, inputStyle } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { readAllowList, type SafetyData } from "@/lib/client/safety";
import type { SafetyActions } from "./safety-actions";
import { useSafetyChange } from "./use-safety-change";

export interface AllowListEditorProps {
  serviceId: string;
  data: SafetyData;
  actions: SafetyActions;
}

/** From where connections are taken. Whoever would lock themselves out is told before they save. */
export function AllowListEditor({ serviceId, data: { allowList, may }, actions }: AllowListEditorProps) {
  const { pending, change } = useSafetyChange(serviceId);
  const [typed, setTyped] = useState<string>();
  const [tried, setTried] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const text = typed ?? allowList.allow_list.join("\n");
  const reading = readAllowList(text, allowList.your_address);
  const problem = refusal ?? (tried && !reading.ok ? reading.problem : undefined);

  async function save(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!reading.ok || pending) return;
    const failure = await change(actions.setAllowList(serviceId, reading.entries), "Allow list saved.");
    setRefusal(failure);
    if (failure === undefined) discard();
  }

  function discard() {
    setTyped(undefined);
    setTried(false);
    setRefusal(undefined);
  }

  return (
    <form noValidate onSubmit={save} className="flex flex-col gap-3">
      <Field
        label="Allow list"
        error={problem}
        hint="Addresses that may connect, one a line: 203.0.113.7, 203.0.113.0/24, 2001:db8::/32. Empty lets everyone in who has the password. Saving ends the sessions of those it leaves out."
      >
        {(ids) => (
          <textarea
            {...ids}
            className={cn(inputStyle, "tabular h-auto min-h-20 py-2 font-mono")}
            rows={Math.min(8, Math.max(3, text.split("\n").length))}
            value={text}
            readOnly={!may.allowList}
            onChange={(event) => {
              setRefusal(undefined);
              setTyped(event.target.value);
            }}
            autoCapitalize="off"
            autoComplete="off"
            spellCheck={false}
          />
        )}
      </Field>
      {reading.ok && reading.excludesYou && (
        <Notice tone="warn" role="status">
          Your own address, {allowList.your_address}, is not on this list: from there nobody connects.
        </Notice>
      )}
      {may.allowList && (
        <div className="flex flex-wrap gap-2">
          <Button type="submit" size="sm" pending={pending}>
            Save allow list
          </Button>
          {typed !== undefined && (
            <Button size="sm" variant="ghost" onClick={discard}>
              Discard changes
            </Button>
          )}
        </div>
      )}
    </form>
  );
}
