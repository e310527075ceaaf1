"use client";
import { type FormEvent, useRef, useState } from "react";
import { useServiceActions } from "@/components/services/service-actions";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { FixButtons } from "@/components/ui/fix-buttons";
import { type ChangeDialogProps, useSubmit } from "./use-submit";

/** Another name; everything else stays as it is. */
export function RenameDialog({ service, onClose }: ChangeDialogProps) {
  const { renameService } = useServiceActions();
  const { pending, failure, forget, submit } = useSubmit(onClose);
  const input = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(service.name);

  const send = (event?: FormEvent) => {
    event?.preventDefault();
    void submit(renameService(service.service_id, { name }), `${service.name} is now ${name.trim()}.`);
  };
  const change = (value: string) => {
    forget();
    setName(value);
  };
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Rename ${service.name}`}
      initialFocus={input}
      actions={
        <>
          <Button onClick={onClose}>Keep name</Button>
          <Button variant="primary" pending={pending} onClick={() => send()}>
            Rename
          </Button>
        </>
      }
    >
      <p>Endpoint, password and forks stay as they are.</p>
      <form onSubmit={send}>
        <Field
          label="Name"
          error={failure?.message}
          fix={failure && <FixButtons fixes={failure.fix ?? []} onSet={(set) => change(set.name ?? name)} />}
        >
          {(ids) => (
            <Input
              {...ids}
              ref={input}
              value={name}
              onChange={(event) => change(event.target.value)}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              className="font-mono"
            />
          )}
        </Field>
      </form>
    </ConfirmDialog>
  );
}
