import type { Metadata } from "next";
import { loadActor } from "@/app/load-actor";
import { loadOrigin } from "@/app/load-origin";
import { ForkWizard } from "@/components/forks/fork-wizard";
import { TTL_SHORTEST_SECONDS } from "@/lib/schemas/service";
import { getProject } from "@/lib/services";
import { forkService } from "./actions";

export async function generateMetadata({ searchParams }: PageProps<"/forks/new">): Promise<Metadata> {
  const { source } = await searchParams;
  return { title: typeof source === "string" ? `Fork ${source} as of now` : "Fork service" };
}

export default async function ForkPage() {
  const [actor, origin] = await Promise.all([loadActor(), loadOrigin()]);
  const project = await getProject(actor);
  const policy = {
    shortestSeconds: TTL_SHORTEST_SECONDS,
    longestSeconds: project.max_ttl_seconds,
    graceSeconds: project.grace_seconds,
  };
  return <ForkWizard projectId={project.id} origin={origin} policy={policy} forkService={forkService} />;
}
