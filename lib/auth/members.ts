import { appendAudit } from "@/lib/audit";
import type { Transaction } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import type { MemberDto, MembersDto } from "@/lib/schemas/people";
import type { Role } from "@/lib/schemas/role";
import { AppError } from "@/lib/std/app-error";
import { type AuthOptions, authContext } from "./context";
import { listInvitations } from "./invitations";
import { lockProject } from "./memberships";
import { authorize, authorizeRole } from "./permissions";

/** Who belongs to the project, and whom an unused link waits for. */
export async function listMembers(actor: Actor, options: AuthOptions = {}): Promise<MembersDto> {
  authorize(actor, "members.read");
  const { db } = authContext(options);
  const [rows, invitations] = await Promise.all([
    db.membership.findMany({
      where: { projectId: actor.projectId },
      include: { user: true },
      orderBy: [{ createdAt: "asc" }, { userId: "asc" }],
    }),
    listInvitations(actor, options),
  ]);
  return { members: rows.map(toMemberDto), invitations };
}

/** Gives a member another role: none above one's own, and not to somebody who is above oneself. The last owner stays one. */
export async function changeRole(
  actor: Actor,
  { userId, role }: { userId: string; role: Role },
  options: AuthOptions = {},
): Promise<MemberDto> {
  authorize(actor, "members.changeRole");
  const { db, nowMs } = authContext(options);
  return db.$transaction(async (tx) => {
    const row = await lockMember(tx, actor, userId);
    authorizeRole(actor, role);
    if (row.role === role) return toMemberDto(row);
    if (role !== "owner") await assertNotLastOwner(tx, row);
    const where = { projectId_userId: { projectId: row.projectId, userId } };
    await tx.membership.update({ where, data: { role } });
    const object = { type: "member", id: userId, name: row.user.email };
    const [before, after] = [{ role: row.role }, { role }];
    await appendAudit(tx, { actor, action: "members.changeRole", object, before, after, nowMs });
    return toMemberDto({ ...row, role });
  });
}

/** Ends a membership, with every session of the person and every key that they made in the project. The last owner stays. */
export async function removeMember(actor: Actor, userId: string, options: AuthOptions = {}): Promise<void> {
  authorize(actor, "members.remove");
  const { db, nowMs } = authContext(options);
  await db.$transaction(async (tx) => {
    const row = await lockMember(tx, actor, userId);
    await assertNotLastOwner(tx, row);
    const { projectId } = row;
    await tx.membership.delete({ where: { projectId_userId: { projectId, userId } } });
    await tx.session.deleteMany({ where: { userId } });
    await tx.apiKey.updateMany({ where: { projectId, userId, revokedAt: null }, data: { revokedAt: new Date(nowMs) } });
    const object = { type: "member", id: userId, name: row.user.email };
    await appendAudit(tx, { actor, action: "members.remove", object, before: { role: row.role }, nowMs });
  });
}

type MemberRow = Awaited<ReturnType<typeof lockMember>>;

/** The member, with the project's row held: of two owners who remove each other, one comes second. */
async function lockMember(tx: Transaction, actor: Actor, userId: string) {
  const { projectId } = actor;
  await lockProject(tx, projectId);
  const row = await tx.membership.findUnique({
    where: { projectId_userId: { projectId, userId } },
    include: { user: true },
  });
  if (!row) throw new AppError("NOT_FOUND", "There is no such member.");
  authorizeRole(actor, row.role);
  return row;
}

async function assertNotLastOwner(tx: Transaction, { projectId, role, user }: MemberRow): Promise<void> {
  if (role !== "owner" || (await tx.membership.count({ where: { projectId, role } })) > 1) return;
  throw new AppError("CONFLICT", `${user.email} is the last owner. Make somebody else an owner first.`);
}

const toMemberDto = ({ role, createdAt, user }: Omit<MemberRow, "projectId">): MemberDto => ({
  user_id: user.id,
  name: user.name,
  email: user.email,
  role,
  joined: createdAt.toISOString(),
});
