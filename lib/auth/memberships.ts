import type { Database, Transaction } from "@/lib/db";
import type { Role } from "@/lib/schemas/role";

export interface Member {
  readonly projectId: string;
  readonly role: Role;
}

/** In which project a person works: the preferred one if they belong to it, else the one they joined first. */
export async function findMembership(
  db: Database | Transaction,
  { userId, preferred }: { userId: string; preferred?: string | undefined },
): Promise<Member | undefined> {
  const members = await db.membership.findMany({
    where: { userId },
    orderBy: [{ createdAt: "asc" }, { projectId: "asc" }],
    select: { projectId: true, role: true },
  });
  return members.find(({ projectId }) => projectId === preferred) ?? members[0];
}

/** Holds the project's row until the transaction ends: who belongs to it is decided by one at a time. */
export async function lockProject(tx: Transaction, projectId: string): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM projects WHERE id = ${projectId} FOR NO KEY UPDATE`;
}
