"use client";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { WindowEnds } from "@/components/history/window-ends";
import { useServiceActions } from "@/components/services/service-actions";
import { TimeChip } from "@/components/shell/time-chip";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { Field, FieldError, Input } from "@/components/ui/field";
import { FixButtons } from "@/components/ui/fix-buttons";
import { RadioCard } from "@/components/ui/radio-card";
import { listResetChoices, type ResetChoice, readReset } from "@/lib/client/changes";
import { windowQuery } from "@/lib/client/history";
import type { ServiceDto } from "@/lib/schemas/service";
import { type ChangeDialogProps, useSubmit } from "./use-submit";

/** Back to a moment of its own history; what it holds now is kept for a while, so a reset can be undone. */
export function ResetDialog({ service, onClose }: ChangeDialogProps) {
  const { resetService } = useServiceActions();
  const { pending, failure, forget, submit } = useSubmit(onClose);
  const keep = useRef<HTMLButtonElement>(null);
  const [choice, setChoice] = useState<ResetChoice>("moment");
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string>();
  const window = useQuery(windowQuery(service.service_id)).data?.window;

  const choose = (next: ResetChoice, moment = text) => {
    forget();
    setProblem(undefined);
    setChoice(next);
    setText(moment);
  };
  const send = () => {
    const reading = readReset(choice, text);
    if (!reading.ok) return setProblem(reading.problem);
    void submit(resetService(service.service_id, reading.body), `${service.name} is being reset.`);
  };
  const error = problem ?? failure?.message;
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Reset ${service.name}`}
      initialFocus={keep}
      actions={
        <>
          <Button ref={keep} onClick={onClose}>
            Keep data
          </Button>
          <Button variant="danger" pending={pending} onClick={send}>
            {choice === "undo" ? "Undo reset" : "Reset data"}
          </Button>
        </>
      }
    >
      <p>
        Endpoint and password stay. Its sessions end. What it holds now is kept until the project's grace ends, and
        comes back when the reset is undone.
      </p>
      <fieldset className="flex flex-col gap-2">
        <legend className="sr-only">Back to</legend>
        {listResetChoices(service).map((one) => (
          <RadioCard
            key={one}
            name="reset"
            value={one}
            checked={choice === one}
            onChange={() => choose(one)}
            title={TITLES[one]}
          >
            <span className="text-fg-2">{sayChoice(one, service)}</span>
          </RadioCard>
        ))}
      </fieldset>
      {choice === "moment" ? (
        <>
          <Field
            label="Moment (UTC)"
            error={error}
            fix={
              failure && (
                <FixButtons fixes={failure.fix ?? []} onSet={(set) => choose("moment", set.target_time ?? text)} />
              )
            }
            hint="Such as 2026-04-12 17:29:58.114, microseconds included. Without an offset it is read as UTC."
          >
            {(ids) => (
              <Input
                {...ids}
                value={text}
                onChange={(event) => choose("moment", event.target.value)}
                autoComplete="off"
                autoCapitalize="off"
                spellCheck={false}
                className="font-mono"
              />
            )}
          </Field>
          {window && <WindowEnds window={window} onChoose={(time) => choose("moment", time)} />}
        </>
      ) : (
        error && <FieldError role="alert">{error}</FieldError>
      )}
    </ConfirmDialog>
  );
}

const TITLES: Readonly<Record<ResetChoice, string>> = {
  moment: "A moment",
  base: "Where it began",
  undo: "Before the last reset",
};

function sayChoice(choice: ResetChoice, { forked_from, receipt, reset_undo_until }: ServiceDto): ReactNode {
  if (choice === "moment") return "Any commit of its own history.";
  if (choice === "base")
    return (
      <>
        As it was forked from {forked_from?.name}
        {receipt?.commit_time && (
          <>
            , as of <TimeChip at={receipt.commit_time} seconds />
          </>
        )}
        .
      </>
    );
  return <>Kept until {reset_undo_until && <TimeChip at={reset_undo_until} full />}.</>;
}
