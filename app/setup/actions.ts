"use server";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { answerFailures } from "@/app/perform-action";
import { completeSetup, signIn } from "@/lib/auth";
import type { ActionFailure } from "@/lib/client/action-result";

export async function setUp(_before: ActionFailure | undefined, form: FormData): Promise<ActionFailure | undefined> {
  const account = { email: form.get("email"), password: form.get("password") };
  const result = await answerFailures(async () => {
    await completeSetup({ ...account, token: form.get("token") });
    await signIn(account, await headers());
    return {};
  });
  if (!result.ok) return result;
  redirect("/services");
}
