import type { Metadata } from "next";
import { loadActor } from "@/app/load-actor";
import { ServicesScreen } from "@/components/services/services-screen";
import { serviceKeys } from "@/lib/client/services";
import { Hydrated } from "../hydrated";
import { loadServices } from "../load-data";

export const metadata: Metadata = { title: "Services" };

export default async function ServicesPage() {
  const services = await loadServices(await loadActor());
  return (
    <Hydrated data={[[serviceKeys.list, services]]}>
      <ServicesScreen />
    </Hydrated>
  );
}
