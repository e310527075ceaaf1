import { hashPassword } from "better-auth/crypto";
import type { Transaction } from "@/lib/db";
import { newId } from "@/lib/std/ids";
import { ensureFirstProject } from "./first-project";

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
  const { email, name, nowMs, passwordHash } = account;
  const at = { createdAt: new Date(nowMs), updatedAt: new Date(nowMs) };
  const id = newId();
  const project = await ensureFirstProject(tx, nowMs);
  await tx.user.create({
    data: {
      id,
      email,
      name: name || (email.split("@")[0] ?? email),
      ...at,
      memberships: { create: { projectId: project.id, role: "owner", createdAt: new Date(nowMs) } },
      accounts: { create: { id: newId(), accountId: id, providerId: "credential", password: passwordHash, ...at } },
    },
  });
  await tx.apiKey.updateMany({ where: { userId: null }, data: { userId: id } });
  return id;
}
