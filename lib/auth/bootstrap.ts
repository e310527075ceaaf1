import type { Database } from "@/lib/db";
import { type Clock, systemClock } from "@/lib/std/clock";
import { createFirstAccount, prepareAccount } from "./account";

export interface BootstrapAdmin {
  readonly email: string;
  readonly password: string;
}

/**
 * Makes the first account from OFFSHOOT_ADMIN_EMAIL and OFFSHOOT_ADMIN_PASSWORD; says whether it did. Once anybody has an
 * account nothing happens: the variables may stay set, and a password changed since is not changed back.
 */
export async function ensureBootstrapAdmin(
  db: Database,
  admin: BootstrapAdmin | undefined,
  clock: Clock = systemClock,
): Promise<boolean> {
  if (!admin || (await db.user.count()) > 0) return false;
  const prepared = await prepareAccount({ ...admin, nowMs: clock.nowMs() });
  return db.$transaction(async (tx) => {
    // Whoever opens the setup link at this moment takes the same row, if there is one.
    await tx.setting.deleteMany({ where: { key: "setup-link" } });
    await tx.$executeRaw`LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE`;
    if ((await tx.user.count()) > 0) return false;
    await createFirstAccount(tx, prepared);
    return true;
  });
}
