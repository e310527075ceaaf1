"use client";
import { type ReactNode, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";

export interface TypedNameDialogProps {
  name: string;
  title: ReactNode;
  /** The facts. */
  children: ReactNode;
  /** Verb and object of the dangerous button: "Purge incident-0412". */
  confirm: string;
  keep: string;
  onConfirm: () => void;
  onClose: () => void;
  pending?: boolean;
}

/** For what cannot be undone, or ends a source: the name is typed, or pasted, first. */
export function TypedNameDialog({ name, title, children, confirm, keep, ...on }: TypedNameDialogProps) {
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  function submit() {
    if (typed.trim() === name) return on.onConfirm();
    setWrong(true);
    input.current?.focus();
  }

  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && on.onClose()}
      title={title}
      initialFocus={input}
      actions={
        <>
          <Button onClick={on.onClose}>{keep}</Button>
          <Button variant="danger" onClick={submit} pending={on.pending ?? false}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field
          label={`Type ${name} to confirm`}
          error={wrong && typed.trim() !== name ? "This is not the name." : undefined}
        >
          {(ids) => (
            <div className="flex gap-2">
              <Input
                ref={input}
                {...ids}
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
                autoComplete="off"
                autoCapitalize="off"
                spellCheck={false}
              />
              <CopyButton text={name} label="Copy name" size="md" />
            </div>
          )}
        </Field>
      </form>
    </ConfirmDialog>
  );
}
