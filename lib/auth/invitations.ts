import { appendAudit } from "@/lib/audit";
import type { Database, Prisma, Transaction } from "@/lib/db";
import { readEnv } from "@/lib/env";
import type { Actor } from "@/lib/schemas/actor";
import type { InvitationDto, InviteBody, NewInvitationDto } from "@/lib/schemas/people";
import type { Role } from "@/lib/schemas/role";
import { AppError } from "@/lib/std/app-error";
import { newId } from "@/lib/std/ids";
import { type AuthOptions, authContext } from "./context";
import { authorize, authorizeRole } from "./permissions";
import { hashToken, newToken } from "./tokens";

const INVITATION_MS = 7 * 86_400_000;
// More open links than this are a script's.
const OPEN_MAX = 100;

type InvitationRow = Prisma.InvitationGetPayload<Record<string, never>>;

/** A one-time link into the project, for a role up to one's own. It ends after a week; only its hash is stored. */
export async function inviteMember(
  actor: Actor,
  { role, email }: InviteBody,
  options: AuthOptions = {},
): Promise<NewInvitationDto> {
  authorize(actor, "members.invite");
  authorizeRole(actor, role);
  const { db, nowMs } = authContext(options);
  const token = newToken();
  const row = await db.$transaction(async (tx) => {
    if ((await tx.invitation.count({ where: open(actor.projectId, nowMs) })) >= OPEN_MAX)
      throw new AppError("QUOTA", `There are ${OPEN_MAX} unused invitations. Withdraw some.`, {
        details: { max: OPEN_MAX },
      });
    const made = await tx.invitation.create({
      data: {
        id: newId(),
        projectId: actor.projectId,
        role,
        email: email ?? null,
        tokenHash: hashToken(token),
        createdBy: actor.name,
        createdAt: new Date(nowMs),
        expiresAt: new Date(nowMs + INVITATION_MS),
      },
    });
    const after = { role, email, expiresAt: made.expiresAt };
    await appendAudit(tx, { actor, action: "members.invite", object: toObject(made), after, nowMs });
    return made;
  });
  return { ...toDto(row), link: `${readEnv().url}/join?token=${token}` };
}

/** Links that can still be used. */
export async function listInvitations(actor: Actor, options: AuthOptions = {}): Promise<InvitationDto[]> {
  authorize(actor, "members.read");
  const { db, nowMs } = authContext(options);
  const rows = await db.invitation.findMany({ where: open(actor.projectId, nowMs), orderBy: { createdAt: "desc" } });
  return rows.map(toDto);
}

/** Ends a link before somebody uses it. */
export async function withdrawInvitation(actor: Actor, id: string, options: AuthOptions = {}): Promise<void> {
  authorize(actor, "members.invite");
  const { db, nowMs } = authContext(options);
  await db.$transaction(async (tx) => {
    const row = await tx.invitation.findFirst({ where: { ...open(actor.projectId, nowMs), id } });
    if (!row) throw new AppError("NOT_FOUND", "There is no such invitation. It may have been used, or have ended.");
    await tx.invitation.update({ where: { id }, data: { expiresAt: new Date(nowMs) } });
    const before = { role: row.role, email: row.email };
    await appendAudit(tx, { actor, action: "members.withdraw", object: toObject(row), before, nowMs });
  });
}

/** What a link opens, so that its page can say it before a person fills it in; undefined when it cannot be used. */
export async function findInvitation(
  token: string,
  options: AuthOptions = {},
): Promise<{ project: string; role: Role; email: string | null } | undefined> {
  const { db, nowMs } = authContext(options);
  const row = await findOpen(db, token, nowMs);
  return row && { project: row.project.name, role: row.role, email: row.email };
}

/** Uses a link up; of two people with the same one, one wins. */
export async function takeInvitation(tx: Transaction, token: string, nowMs: number): Promise<InvitationRow> {
  const row = await findOpen(tx, token, nowMs);
  const data = { acceptedAt: new Date(nowMs) };
  const { count } = await tx.invitation.updateMany({ where: { id: row?.id ?? "", acceptedAt: null }, data });
  if (row && count === 1) return row;
  throw new AppError("GONE", "This link was used already, was withdrawn or is older than a week. Ask for a new one.");
}

const open = (projectId: string, nowMs: number) => ({
  projectId,
  acceptedAt: null,
  expiresAt: { gt: new Date(nowMs) },
});

async function findOpen(db: Database | Transaction, token: string, nowMs: number) {
  const where = { tokenHash: hashToken(token), acceptedAt: null, expiresAt: { gt: new Date(nowMs) } };
  return (await db.invitation.findFirst({ where, include: { project: true } })) ?? undefined;
}

const toObject = ({ id, email }: InvitationRow) => ({ type: "invitation", id, name: email });

const toDto = (row: InvitationRow): InvitationDto => ({
  id: row.id,
  role: row.role,
  email: row.email,
  created: row.createdAt.toISOString(),
  created_by: row.createdBy,
  expires: row.expiresAt.toISOString(),
});
