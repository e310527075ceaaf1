import type { Transaction } from "@/lib/db";

/**
 * Whom of a project to write to: the member who goes by this name, as rows say who made something; without one (a key made it,
 * or they left) those who administer the project.
 */
export async function findMailAddresses(tx: Transaction, projectId: string, name?: string | null): Promise<string[]> {
  const members = await tx.membership.findMany({
    where: { projectId },
    select: { role: true, user: { select: { name: true, email: true } } },
    orderBy: { createdAt: "asc" },
  });
  const named = members.filter(({ user }) => name && (user.name === name || user.email === name));
  const told = named.length > 0 ? named : members.filter(({ role }) => role === "owner" || role === "admin");
  return [...new Set(told.map(({ user }) => user.email))];
}
