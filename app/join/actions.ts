"use server";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { answerFailures } from "@/app/perform-action";
import { findClientAddress, joinProject, signIn } from "@/lib/auth";
import type { ActionFailure } from "@/lib/client/action-result";

export async function join(_before: ActionFailure | undefined, form: FormData): Promise<ActionFailure | undefined> {
  const account = { email: form.get("email"), password: form.get("password") };
  const result = await answerFailures(async () => {
    const asked = await headers();
    await joinProject({ ...account, token: form.get("token") }, { address: findClientAddress(asked) });
    await signIn(account, asked);
    return {};
  });
  if (!result.ok) return result;
  redirect("/services");
}
