import { appendAudit } from "@/lib/audit";
import type { Prisma } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import type { ApiKeyDto, CreateKeyBody, NewApiKeyDto } from "@/lib/schemas/people";
import { AppError } from "@/lib/std/app-error";
import { newId } from "@/lib/std/ids";
import { type AuthOptions, authContext } from "./context";
import { authorize, authorizeRole } from "./permissions";
import { hashToken, newToken } from "./tokens";

// One for each script and each machine; more than this are a loop's.
const KEYS_MAX = 200;

const PARTS = { user: { select: { name: true } } } as const satisfies Prisma.ApiKeyInclude;
type KeyRow = Prisma.ApiKeyGetPayload<{ include: typeof PARTS }>;

/** The project's keys that were not revoked, newest first; never their secrets. */
export async function listApiKeys(actor: Actor, options: AuthOptions = {}): Promise<ApiKeyDto[]> {
  authorize(actor, "keys.read");
  const { db } = authContext(options);
  const where = { projectId: actor.projectId, revokedAt: null };
  const orderBy = [{ createdAt: "desc" }, { publicKey: "asc" }] as const;
  return (await db.apiKey.findMany({ where, include: PARTS, orderBy: [...orderBy] })).map(toDto);
}

/** A key of this project for a role up to one's own. Its secret is in this answer and nowhere else. */
export async function createApiKey(
  actor: Actor,
  { name, role }: CreateKeyBody,
  options: AuthOptions = {},
): Promise<NewApiKeyDto> {
  authorize(actor, "keys.create");
  authorizeRole(actor, role);
  const { db, nowMs } = authContext(options);
  const { projectId, userId } = actor;
  const secret = newToken();
  const row = await db.$transaction(async (tx) => {
    if ((await tx.apiKey.count({ where: { projectId, revokedAt: null } })) >= KEYS_MAX)
      throw new AppError("QUOTA", `There are ${KEYS_MAX} API keys. Revoke some.`, { details: { max: KEYS_MAX } });
    const publicKey = `ok_${newId()}`;
    const made = {
      publicKey,
      secretHash: hashToken(secret),
      name,
      projectId,
      userId,
      role,
      createdAt: new Date(nowMs),
    };
    const row = await tx.apiKey.create({ data: made, include: PARTS });
    const object = { type: "key", id: publicKey, name };
    await appendAudit(tx, { actor, action: "keys.create", object, after: { name, role }, nowMs });
    return row;
  });
  return { ...toDto(row), secret };
}

/** Ends a key at once: one's own, or with the role for it anybody's up to one's own role. */
export async function revokeApiKey(actor: Actor, publicKey: string, options: AuthOptions = {}): Promise<void> {
  authorize(actor, "keys.revoke");
  const { db, nowMs } = authContext(options);
  await db.$transaction(async (tx) => {
    const row = await tx.apiKey.findFirst({ where: { publicKey, projectId: actor.projectId, revokedAt: null } });
    if (!row) throw new AppError("NOT_FOUND", "There is no such API key. It may have been revoked.");
    if (row.userId === null || row.userId !== actor.userId) {
      authorize(actor, "keys.revokeOthers");
      authorizeRole(actor, row.role);
    }
    const after = { revokedAt: new Date(nowMs) };
    await tx.apiKey.update({ where: { publicKey }, data: after });
    const object = { type: "key", id: publicKey, name: row.name };
    await appendAudit(tx, { actor, action: "keys.revoke", object, before: row, after, nowMs });
  });
}

const toDto = (row: KeyRow): ApiKeyDto => ({
  public_key: row.publicKey,
  name: row.name,
  role: row.role,
  created: row.createdAt.toISOString(),
  created_by: row.user?.name ?? null,
  last_used: row.lastUsedAt?.toISOString() ?? null,
});
