import type { Metadata } from "next";
import { loadActor } from "@/app/load-actor";
import { loadOrigin } from "@/app/load-origin";
import { CreateForm } from "@/components/services/create-form";
import { createService } from "./actions";

export const metadata: Metadata = { title: "Create service" };

export default async function CreateServicePage() {
  const [actor, origin] = await Promise.all([loadActor(), loadOrigin()]);
  return <CreateForm projectId={actor.projectId} origin={origin} createService={createService} />;
}
