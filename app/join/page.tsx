import type { Metadata } from "next";
import { AccountFrame } from "@/components/account/account-frame";
import { JoinForm } from "@/components/account/join-form";
import { findInvitation } from "@/lib/auth";
import { join } from "./actions";

// The token is a secret until it is used: it must not leave with a Referer.
export const metadata: Metadata = { title: "Join", referrer: "no-referrer" };

export default async function JoinPage({ searchParams }: PageProps<"/join">) {
  const { token } = await searchParams;
  const invitation = typeof token === "string" ? await findInvitation(token) : undefined;
  if (!invitation || typeof token !== "string")
    return (
      <AccountFrame title="This link cannot be used">
        <p className="text-fg-2">It was used already, was withdrawn or is older than a week. Ask for a new one.</p>
      </AccountFrame>
    );
  return (
    <AccountFrame title={`Join ${invitation.project}`}>
      <p className="mb-5 text-fg-2">You will be {invitation.role} there.</p>
      <JoinForm token={token} email={invitation.email ?? ""} join={join} />
    </AccountFrame>
  );
}
