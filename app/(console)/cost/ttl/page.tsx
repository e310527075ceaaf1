import type { Metadata } from "next";
import { loadActor } from "@/app/load-actor";
import { TtlScreen } from "@/components/lifetime/ttl-screen";
import { serviceKeys } from "@/lib/client/services";
import { getPolicy } from "@/lib/services";
import { Hydrated } from "../../hydrated";
import { loadServices } from "../../load-data";

export const metadata: Metadata = { title: "TTL" };

export default async function TtlPage() {
  const actor = await loadActor();
  const [services, policy] = await Promise.all([loadServices(actor), getPolicy(actor)]);
  return (
    <Hydrated data={[[serviceKeys.list, services]]}>
      <TtlScreen policy={policy} />
    </Hydrated>
  );
}
