"use client";
import { useActionState, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import type { ActionFailure } from "@/lib/client/action-result";

export interface SetupFormProps {
  token: string;
  setUp: (before: ActionFailure | undefined, form: FormData) => Promise<ActionFailure | undefined>;
}

/** The first person's account, behind the one-time link. */
export function SetupForm({ token, setUp }: SetupFormProps) {
  const [failure, act, pending] = useActionState(setUp, undefined);
  // React empties a form after its action; what was typed here stays.
  const [email, setEmail] = useState("");
  const field = failure?.field;
  return (
    <form action={act} className="flex flex-col gap-4" noValidate>
      <input type="hidden" name="token" value={token} />
      {failure && field !== "email" && field !== "password" && (
        <Notice tone="danger" role="alert">
          {failure.message}
        </Notice>
      )}
      <Field label="E-mail" error={field === "email" ? failure?.message : undefined}>
        {(ids) => (
          <Input
            {...ids}
            name="email"
            type="email"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
            autoComplete="username"
            autoFocus
            required
          />
        )}
      </Field>
      <Field
        label="Password"
        hint="At least 12 characters. Length is the only rule."
        error={field === "password" ? failure?.message : undefined}
      >
        {(ids) => <Input {...ids} name="password" type="password" autoComplete="new-password" required />}
      </Field>
      <Button type="submit" variant="primary" size="lg" pending={pending} className="mt-2 w-full">
        Create account
      </Button>
    </form>
  );
}
