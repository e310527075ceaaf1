import type { Transaction } from "@/lib/db";
import { newId } from "@/lib/std/ids";
import { ensureFirstProject } from "./first-project";
import { hashPassword } from "./password-hash";

export interface NewAccount {
  readonly email: string;
  readonly password: string;
  readonly name?: string;
  readonly nowMs: number;
}

export type PreparedAccount = Awaited<ReturnType<typeof prepareAccount>>;

/** Hashes the password: a slow act that must not happen inside a transaction. */
export async function prepareAccount({ password, ...account }: NewAccount) {
  return { ...account, passwordHash: await hashPassword(password) };
}

/**
 * Writes the first owner with the project and the keys that waited for one. The rows are the ones better-auth writes for
 * e-mail and password; it is not asked itself because the account must be made in the transaction that uses up the link.
 */
export async function createFirstAccount(tx: Transaction, account: PreparedAccount): Promise<string> {
  const { nowMs } = account;
  const project = await ensureFirstProject(tx, nowMs);
  const userId = await createAccount(tx, account);
  await tx.membership.create({ data: { projectId: project.id, userId, role: "owner", createdAt: new Date(nowMs) } });
  await tx.apiKey.updateMany({ where: { userId: null }, data: { userId } });
  return userId;
}

/** An account that belongs to no project yet. */
export async function createAccount(
  tx: Transaction,
  { email, name, nowMs, passwordHash }: PreparedAccount,
): Promise<string> {
  const at = { createdAt: new Date(nowMs), updatedAt: new Date(nowMs) };
  const id = newId();
  await tx.user.create({
    data: {
      id,
      email,
      name: name || (email.split("@")[0] ?? email),
      ...at,
      accounts: { create: { id: newId(), accountId: id, providerId: "credential", password: passwordHash, ...at } },
    },
  });
  return id;
}
