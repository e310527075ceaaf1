"use client";
import { useRef, useState } from "react";
import { useServiceActions } from "@/components/services/service-actions";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { FieldError } from "@/components/ui/field";
import { RadioCard } from "@/components/ui/radio-card";
import { findSize, SIZE_CHOICES } from "@/lib/client/changes";
import { type ChangeDialogProps, useSubmit } from "./use-submit";

/** Another size, with what each really gives here. */
export function ResizeDialog({ service, onClose }: ChangeDialogProps) {
  const { resizeService } = useServiceActions();
  const { pending, failure, forget, submit } = useSubmit(onClose);
  const keep = useRef<HTMLButtonElement>(null);
  const present = findSize(service);
  const [chosen, setChosen] = useState(present);
  const choice = SIZE_CHOICES.find(({ value }) => value === chosen);
  const isPaused = service.status === "PAUSED";

  const send = () => {
    if (!choice) return;
    const done = isPaused
      ? `${service.name} starts with ${choice.label} next.`
      : `${service.name} restarts with ${choice.label}.`;
    void submit(resizeService(service.service_id, choice.body), done);
  };
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Resize ${service.name}`}
      initialFocus={keep}
      actions={
        <>
          <Button ref={keep} onClick={onClose}>
            Keep size
          </Button>
          <Button variant="primary" pending={pending} disabled={!choice || chosen === present} onClick={send}>
            Resize
          </Button>
        </>
      }
    >
      <p>
        Every size has one thread and at most 2 GiB of memory here: a size sets limits, and the price.
        {!isPaused && " Sessions end while Postgres is started again, which takes about a second."}
      </p>
      <fieldset className="flex flex-col gap-2">
        <legend className="sr-only">Size</legend>
        {SIZE_CHOICES.map(({ value, label, gives }) => (
          <RadioCard
            key={value}
            name="size"
            value={value}
            checked={chosen === value}
            onChange={() => {
              forget();
              setChosen(value);
            }}
            title={value === present ? `${label} (now)` : label}
          >
            <span className="text-fg-2">{gives}</span>
          </RadioCard>
        ))}
      </fieldset>
      {failure && <FieldError role="alert">{failure.message}</FieldError>}
    </ConfirmDialog>
  );
}
