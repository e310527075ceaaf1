import { authorize } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import { type CallOptions, servicesContext } from "./context";

export interface ProjectDto {
  readonly id: string;
  readonly name: string;
}

/** The rules a form needs to know before it is sent. */
export interface ProjectPolicyDto extends ProjectDto {
  readonly default_ttl_seconds: number | null;
  readonly max_ttl_seconds: number;
  readonly allow_never: boolean;
  readonly grace_seconds: number;
}

export async function getProject(actor: Actor, options: CallOptions = {}): Promise<ProjectPolicyDto> {
  authorize(actor, "project.read");
  const { db } = servicesContext(options);
  const project = await db.project.findUniqueOrThrow({ where: { id: actor.projectId } });
  return {
    id: project.id,
    name: project.name,
    default_ttl_seconds: project.defaultTtlSeconds,
    max_ttl_seconds: project.maxTtlSeconds,
    allow_never: project.allowNever,
    grace_seconds: project.graceSeconds,
  };
}

/** The projects that the actor may see: its own. */
export async function listProjects(actor: Actor, options: CallOptions = {}): Promise<ProjectDto[]> {
  const { id, name } = await getProject(actor, options);
  return [{ id, name }];
}
