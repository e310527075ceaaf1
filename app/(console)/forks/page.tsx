import type { Metadata } from "next";
import { loadActor } from "@/app/load-actor";
import { ForksScreen } from "@/components/forks/forks-screen";
import { serviceKeys } from "@/lib/client/services";
import { isFork, isListed } from "@/lib/client/status";
import { Hydrated } from "../hydrated";
import { loadServices } from "../load-data";

export async function generateMetadata(): Promise<Metadata> {
  const { services } = await loadServices(await loadActor());
  const count = services.filter((service) => isListed(service) && isFork(service)).length;
  return { title: count ? `Forks (${count})` : "Forks" };
}

export default async function ForksPage() {
  const services = await loadServices(await loadActor());
  return (
    <Hydrated data={[[serviceKeys.list, services]]}>
      <ForksScreen />
    </Hydrated>
  );
}
