import { appendAudit } from "@/lib/audit";
import type { Actor } from "@/lib/schemas/actor";
import type { SessionDto } from "@/lib/schemas/people";
import { AppError } from "@/lib/std/app-error";
import { type AuthOptions, authContext } from "./context";
import { auth } from "./instance";
import { authorize } from "./permissions";

/** The sessions of the person who asks, newest first; of an API key, those of the person behind it. `headers` tell which one is theirs now. */
export async function listSessions(
  actor: Actor,
  { headers, ...options }: AuthOptions & { headers?: Headers } = {},
): Promise<SessionDto[]> {
  authorize(actor, "sessions.read");
  if (actor.userId === null) return [];
  const { db, nowMs } = authContext(options);
  const current = headers && (await auth().api.getSession({ headers }))?.session.id;
  const rows = await db.session.findMany({
    where: { userId: actor.userId, expiresAt: { gt: new Date(nowMs) } },
    orderBy: [{ createdAt: "desc" }, { id: "asc" }],
  });
  return rows.map((row) => ({
    id: row.id,
    created: row.createdAt.toISOString(),
    last_used: row.updatedAt.toISOString(),
    expires: row.expiresAt.toISOString(),
    address: row.ipAddress || null,
    user_agent: row.userAgent || null,
    current: row.id === current,
  }));
}

/** Ends one of one's own sessions at once. */
export async function endSession(actor: Actor, id: string, options: AuthOptions = {}): Promise<void> {
  authorize(actor, "sessions.end");
  const { db, nowMs } = authContext(options);
  await db.$transaction(async (tx) => {
    const { count } = await tx.session.deleteMany({ where: { id, userId: actor.userId ?? "" } });
    if (count === 0) throw new AppError("NOT_FOUND", "There is no such session. It may have ended.");
    await appendAudit(tx, { actor, action: "sessions.end", object: { type: "session", id, name: null }, nowMs });
  });
}
