import { appendAudit } from "@/lib/audit";
import type { Database, Transaction } from "@/lib/db";
import { joinBody } from "@/lib/schemas/people";
import { AppError } from "@/lib/std/app-error";
import { createAccount, type PreparedAccount, prepareAccount } from "./account";
import { type AuthOptions, authContext } from "./context";
import { takeInvitation } from "./invitations";
import { verifyPassword } from "./password-hash";
import { assertWithinRate, signInAttempts } from "./rate-limit";

/**
 * Makes a person a member by an invitation's link and uses it up. Takes `{token, email, password, name?}` as it came from the form
 * (ZodError). Who works in another project proves the account with its password; one that belongs to no project any more gets the
 * password given here, which is the way back for whoever forgot theirs. Answers the user's id; signing in is next.
 */
export async function joinProject(
  input: unknown,
  { address = null, ...options }: AuthOptions & { address?: string | null } = {},
): Promise<string> {
  const { db, nowMs } = authContext(options);
  const { token, ...account } = joinBody.parse(input);
  await assertProven(db, account, nowMs);
  const prepared = await prepareAccount({ ...account, nowMs });
  return db.$transaction(async (tx) => {
    const { projectId, role } = await takeInvitation(tx, token, nowMs);
    const userId = await findOrCreate(tx, prepared);
    if ((await tx.membership.count({ where: { projectId, userId } })) > 0)
      throw new AppError("CONFLICT", "You are a member already. Sign in.");
    await tx.membership.create({ data: { projectId, userId, role, createdAt: new Date(nowMs) } });
    const actor = { projectId, userId, name: account.name || account.email, via: "console", role, address } as const;
    const object = { type: "member", id: userId, name: account.email };
    await appendAudit(tx, { actor, action: "members.join", object, after: { role, email: account.email }, nowMs });
    return userId;
  });
}

async function assertProven(
  db: Database,
  { email, password }: { email: string; password: string },
  nowMs: number,
): Promise<void> {
  const user = await db.user.findUnique({ where: { email }, include: { accounts: true, memberships: true } });
  if (!user || user.memberships.length === 0) return;
  // A link must not be a way to guess a password faster than the sign-in.
  assertWithinRate(signInAttempts.take(email, nowMs), "attempts");
  const hash = user.accounts.find(({ providerId }) => providerId === "credential")?.password;
  if (hash && (await verifyPassword({ hash, password }))) return;
  throw new AppError("UNAUTHENTICATED", "There is an account with this address, and this is not its password.", {
    field: "password",
  });
}

/** The account of this address, which was proven if it had to be. */
async function findOrCreate(tx: Transaction, account: PreparedAccount): Promise<string> {
  const { email, passwordHash } = account;
  const user = await tx.user.findUnique({ where: { email }, include: { memberships: true } });
  if (!user) return createAccount(tx, account);
  if (user.memberships.length > 0) return user.id;
  await tx.account.updateMany({
    where: { userId: user.id, providerId: "credential" },
    data: { password: passwordHash },
  });
  return user.id;
}
