"use client";
import { useActionState, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import type { ActionFailure } from "@/lib/client/action-result";

export interface JoinFormProps {
  token: string;
  /** Whom the link was made for. */
  email: string;
  join: (before: ActionFailure | undefined, form: FormData) => Promise<ActionFailure | undefined>;
}

/** Behind an invitation: an account that there is, by its password, or a new one. */
export function JoinForm({ token, email: meant, join }: JoinFormProps) {
  const [failure, act, pending] = useActionState(join, undefined);
  // React empties a form after its action; what was typed here stays.
  const [email, setEmail] = useState(meant);
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
            required
          />
        )}
      </Field>
      <Field
        label="Password"
        hint="Yours, if you have an account here; else a new one of at least 12 characters."
        error={field === "password" ? failure?.message : undefined}
      >
        {(ids) => <Input {...ids} name="password" type="password" autoComplete="current-password" required />}
      </Field>
      <Button type="submit" variant="primary" size="lg" pending={pending} className="mt-2 w-full">
        Join
      </Button>
    </form>
  );
}
