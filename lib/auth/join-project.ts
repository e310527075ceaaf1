import { appendAudit } from "@/lib/audit";
import type { Database, User } from "@/lib/db";
import { joinBody } from "@/lib/schemas/people";
import { AppError } from "@/lib/std/app-error";
import { createAccount, prepareAccount } from "./account";
import { type AuthOptions, authContext } from "./context";
import { takeInvitation } from "./invitations";
import { verifyPassword } from "./password-hash";
import { assertWithinRate, signInAttempts } from "./rate-limit";

/**
 * Makes a person a member by an invitation's link and uses it up. Takes `{token, email, password, name?}` as it came from the form
 * (ZodError). Who has an account proves it with its password; else one is made. Answers the user's id; signing in is next.
 */
export async function joinProject(
  input: unknown,
  { address = null, ...options }: AuthOptions & { address?: string | null } = {},
): Promise<string> {
  const { db, nowMs } = authContext(options);
  const { token, ...account } = joinBody.parse(input);
  const known = await findKnown(db, account, nowMs);
  const prepared = known ? undefined : await prepareAccount({ ...account, nowMs });
  return db.$transaction(async (tx) => {
    const { projectId, role } = await takeInvitation(tx, token, nowMs);
    const userId = known?.id ?? (prepared && (await createAccount(tx, prepared))) ?? "";
    const isMember = await tx.membership.count({ where: { projectId, userId } });
    if (isMember) throw new AppError("CONFLICT", "You are a member already. Sign in.");
    await tx.membership.create({ data: { projectId, userId, role, createdAt: new Date(nowMs) } });
    const actor = { projectId, userId, name: account.name || account.email, via: "console", role, address } as const;
    const object = { type: "member", id: userId, name: account.email };
    await appendAudit(tx, { actor, action: "members.join", object, after: { role, email: account.email }, nowMs });
    return userId;
  });
}

async function findKnown(
  db: Database,
  { email, password }: { email: string; password: string },
  nowMs: number,
): Promise<User | undefined> {
  const user = await db.user.findUnique({ where: { email }, include: { accounts: true } });
  if (!user) return undefined;
  // A link must not be a way to guess a password faster than the sign-in.
  assertWithinRate(signInAttempts.take(email, nowMs), "attempts");
  const hash = user.accounts.find(({ providerId }) => providerId === "credential")?.password;
  if (hash && (await verifyPassword({ hash, password }))) return user;
  throw new AppError("UNAUTHENTICATED", "There is an account with this address, and this is not its password.", {
    field: "password",
  });
}
