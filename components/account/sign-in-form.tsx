"use client";
import { useActionState, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import type { ActionFailure } from "@/lib/client/action-result";

export interface SignInFormProps {
  next: string;
  /** Leads on when it worked; answers only what was wrong. */
  signIn: (before: ActionFailure | undefined, form: FormData) => Promise<ActionFailure | undefined>;
}

/** E-mail and password. Paste and password managers are welcome; it works before its script has arrived. */
export function SignInForm({ next, signIn }: SignInFormProps) {
  const [failure, act, pending] = useActionState(signIn, undefined);
  // React empties a form after its action; what was typed here stays.
  const [email, setEmail] = useState("");
  const field = failure?.field;
  return (
    <form action={act} className="flex flex-col gap-4" noValidate>
      <input type="hidden" name="next" value={next} />
      {failure && !field && (
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
      <Field label="Password" error={field === "password" ? failure?.message : undefined}>
        {(ids) => <Input {...ids} name="password" type="password" autoComplete="current-password" required />}
      </Field>
      <Button type="submit" variant="primary" size="lg" pending={pending} className="mt-2 w-full">
        Sign in
      </Button>
    </form>
  );
}
