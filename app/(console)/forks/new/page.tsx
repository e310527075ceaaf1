import type { Metadata } from "next";
import { loadActor } from "@/app/load-actor";
import { loadOrigin } from "@/app/load-origin";
import { ForkWizard } from "@/components/forks/fork-wizard";
import { LIFETIME_DEFAULT, writeLength } from "@/lib/client/lifetime";
import { readTargetTime } from "@/lib/client/target-time";
import { formatExactFull, UTC } from "@/lib/client/time";
import { TTL_SHORTEST_SECONDS } from "@/lib/schemas/service";
import { getProject } from "@/lib/services";
import { forkService } from "./actions";

export async function generateMetadata({ searchParams }: PageProps<"/forks/new">): Promise<Metadata> {
  const { source, strategy, at } = await searchParams;
  if (typeof source !== "string") return { title: "Fork service" };
  return { title: `Fork ${source} as of ${sayAsOf(strategy, at)}` };
}

/** The moment of the link, for the tab; one that is none is said on the page. */
function sayAsOf(strategy: string | string[] | undefined, at: string | string[] | undefined): string {
  if (strategy === "LAST_SNAPSHOT") return "a snapshot";
  if (strategy !== "PITR") return "now";
  const reading = readTargetTime(typeof at === "string" ? at : "");
  return reading.ok ? formatExactFull(reading.time, UTC) : "a moment";
}

export default async function ForkPage() {
  const [actor, origin] = await Promise.all([loadActor(), loadOrigin()]);
  const project = await getProject(actor);
  const policy = {
    shortestSeconds: TTL_SHORTEST_SECONDS,
    longestSeconds: project.max_ttl_seconds,
    allowNever: project.allow_never,
    defaultTtl: project.default_ttl_seconds === null ? LIFETIME_DEFAULT : writeLength(project.default_ttl_seconds),
    graceSeconds: project.grace_seconds,
  };
  return <ForkWizard projectId={project.id} origin={origin} policy={policy} forkService={forkService} />;
}
