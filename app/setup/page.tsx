import type { Metadata } from "next";
import { AccountFrame } from "@/components/account/account-frame";
import { SetupForm } from "@/components/account/setup-form";
import { ButtonLink } from "@/components/ui/button";
import { isSetupTokenValid } from "@/lib/auth";
import { setUp } from "./actions";

// The token is a secret until it is used: it must not leave with a Referer.
export const metadata: Metadata = { title: "Set up", referrer: "no-referrer" };

export default async function SetupPage({ searchParams }: PageProps<"/setup">) {
  const { token } = await searchParams;
  if (typeof token !== "string" || !(await isSetupTokenValid(token))) return <Unusable />;
  return (
    <AccountFrame title="Make the first account">
      <SetupForm token={token} setUp={setUp} />
    </AccountFrame>
  );
}

function Unusable() {
  return (
    <AccountFrame title="This link cannot be used">
      <p className="text-fg-2">
        It was used already, or a later start of Offshoot printed a newer one. If somebody has an account, sign in. If
        nobody has, open the link that the last start printed.
      </p>
      <ButtonLink href="/login" variant="primary" size="lg" className="mt-6 w-full">
        Sign in
      </ButtonLink>
    </AccountFrame>
  );
}
