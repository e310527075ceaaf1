import { appendAudit } from "@/lib/audit";
import type { Actor } from "@/lib/schemas/actor";
import type { MyProjectDto } from "@/lib/schemas/people";
import { AppError } from "@/lib/std/app-error";
import { newId } from "@/lib/std/ids";
import { type AuthOptions, authContext } from "./context";
import { PROJECT_DEFAULTS } from "./first-project";
import { authorize } from "./permissions";

// A project is for a team, not for a fork.
const PROJECTS_MAX = 100;

/** A new project, which the person who asks owns. An API key stays with its own: it makes one for the person behind it. */
export async function createProject(
  actor: Actor,
  { name }: { name: string },
  options: AuthOptions = {},
): Promise<{ id: string; name: string }> {
  authorize(actor, "project.create");
  const { db, nowMs } = authContext(options);
  const { userId } = actor;
  if (userId === null)
    throw new AppError(
      "FORBIDDEN",
      "This API key has no person behind it who would own the project. Use a person's key.",
    );
  const createdAt = new Date(nowMs);
  return db.$transaction(async (tx) => {
    if ((await tx.membership.count({ where: { userId, role: "owner" } })) >= PROJECTS_MAX)
      throw new AppError("QUOTA", `You own ${PROJECTS_MAX} projects, which is the most.`, {
        details: { max: PROJECTS_MAX },
      });
    const { id } = await tx.project.create({ data: { id: newId(), name, createdAt, ...PROJECT_DEFAULTS } });
    await tx.membership.create({ data: { projectId: id, userId, role: "owner", createdAt } });
    const owner: Actor = { ...actor, projectId: id, role: "owner" };
    const object = { type: "project", id, name };
    await appendAudit(tx, {
      actor: owner,
      action: "project.create",
      object,
      after: { name, ...PROJECT_DEFAULTS },
      nowMs,
    });
    return { id, name };
  });
}

/** The projects that the person belongs to, in the order in which they joined. */
export async function listMyProjects(actor: Actor, options: AuthOptions = {}): Promise<MyProjectDto[]> {
  authorize(actor, "project.read");
  const { db } = authContext(options);
  const rows = await db.membership.findMany({
    where: { userId: actor.userId ?? "" },
    include: { project: true },
    orderBy: [{ createdAt: "asc" }, { projectId: "asc" }],
  });
  return rows.map(({ projectId, role, project }) => ({
    id: projectId,
    name: project.name,
    role,
    current: projectId === actor.projectId,
  }));
}
