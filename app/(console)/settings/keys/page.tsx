import type { Metadata } from "next";
import { forbidden } from "@/app/(console)/forbidden";
import { loadActor } from "@/app/load-actor";
import { KeysScreen } from "@/components/settings/keys-screen";
import { listApiKeys } from "@/lib/auth";
import { createKey, revokeKey } from "../actions";

export const metadata: Metadata = { title: "API keys" };

export default async function KeysPage() {
  const actor = await loadActor();
  return forbidden(async () => (
    <KeysScreen keys={await listApiKeys(actor)} role={actor.role} actions={{ create: createKey, revoke: revokeKey }} />
  ));
}
