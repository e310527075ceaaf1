import type { Metadata } from "next";
import { loadActor } from "@/app/load-actor";
import { BinScreen } from "@/components/services/bin-screen";
import { serviceKeys } from "@/lib/client/services";
import { getProject } from "@/lib/services";
import { Hydrated } from "../hydrated";
import { loadBin } from "../load-data";

export const metadata: Metadata = { title: "Recently deleted" };

export default async function BinPage() {
  const actor = await loadActor();
  const [bin, project] = await Promise.all([loadBin(actor), getProject(actor)]);
  return (
    <Hydrated data={[[serviceKeys.bin, bin]]}>
      <BinScreen graceSeconds={project.grace_seconds} />
    </Hydrated>
  );
}
