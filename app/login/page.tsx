import type { Metadata } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { AccountFrame } from "@/components/account/account-frame";
import { SignInForm } from "@/components/account/sign-in-form";
import { findSessionActor } from "@/lib/auth";
import { toReturnPath } from "@/lib/client/routes";
import { signIn } from "./actions";

export const metadata: Metadata = { title: "Sign in" };

export default async function LoginPage({ searchParams }: PageProps<"/login">) {
  const { next } = await searchParams;
  const returnPath = toReturnPath(typeof next === "string" ? next : undefined);
  if (await findSessionActor(await headers())) redirect(returnPath);
  return (
    <AccountFrame title="Sign in">
      <SignInForm next={returnPath} signIn={signIn} />
    </AccountFrame>
  );
}
