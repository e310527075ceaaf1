import type { Metadata } from "next";
import { loadActor } from "@/app/load-actor";
import { PolicyScreen } from "@/components/settings/policy-screen";
import { WebhooksCard } from "@/components/settings/webhooks-card";
import { isAllowed } from "@/lib/auth";
import { getPolicy, getWebhooks } from "@/lib/services";
import { savePolicy, saveWebhooks, tryWebhook } from "./actions";

export const metadata: Metadata = { title: "Policy" };

export default async function PolicyPage() {
  const actor = await loadActor();
  const mayChange = isAllowed(actor, "policy.write");
  return (
    <>
      <PolicyScreen policy={await getPolicy(actor)} mayChange={mayChange} save={savePolicy} />
      {isAllowed(actor, "webhooks.read") && (
        <WebhooksCard {...(await getWebhooks(actor))} save={saveWebhooks} test={tryWebhook} />
      )}
    </>
  );
}
