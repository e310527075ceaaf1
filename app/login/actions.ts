"use server";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { answerFailures } from "@/app/perform-action";
import { signIn as beginSession } from "@/lib/auth";
import type { ActionFailure } from "@/lib/client/action-result";
import { toReturnPath } from "@/lib/client/routes";

export async function signIn(_before: ActionFailure | undefined, form: FormData): Promise<ActionFailure | undefined> {
  const result = await answerFailures(async () => {
    await beginSession({ email: form.get("email"), password: form.get("password") }, await headers());
    return {};
  });
  if (!result.ok) return result;
  redirect(toReturnPath(String(form.get("next") ?? "")));
}
