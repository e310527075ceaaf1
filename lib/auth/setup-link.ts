import type { Database } from "@/lib/db";
import { database } from "@/lib/db";
import { setupBody } from "@/lib/schemas/account";
import { parseInput } from "@/lib/schemas/parse-input";
import { AppError } from "@/lib/std/app-error";
import { type Clock, systemClock } from "@/lib/std/clock";
import { createFirstAccount, prepareAccount } from "./account";
import { hashToken, newToken } from "./tokens";

const SETTING = "setup-link";

/**
 * A link with which the first person makes an account, once; undefined when somebody has one. Each start makes a new one,
 * which ends the one before: only a hash is stored, so an old one cannot be shown again.
 */
export async function createSetupLink(db: Database, { url }: { url: string }): Promise<string | undefined> {
  if ((await db.user.count()) > 0) return undefined;
  const token = newToken();
  const value = hashToken(token);
  await db.setting.upsert({ where: { key: SETTING }, create: { key: SETTING, value }, update: { value } });
  return `${url}/setup?token=${token}`;
}

/** Whether a link's token would be taken now, so that the page can say so before a person fills it in. Uses nothing up. */
export async function isSetupTokenValid(token: string, db: Database = database()): Promise<boolean> {
  return (await db.setting.count({ where: { key: SETTING, value: hashToken(token) } })) > 0;
}

export interface SetupOptions {
  readonly db?: Database;
  readonly clock?: Clock;
}

/**
 * Makes the first account and uses the link up, both or neither; of two people with the same link one wins. Takes
 * `{token, email, password, name?}` as it came from the form (INVALID_REQUEST) and answers the new user's id. Signing in is next.
 */
export async function completeSetup(input: unknown, options: SetupOptions = {}): Promise<string> {
  const { db = database(), clock = systemClock } = options;
  const { token, ...account } = parseInput(setupBody, input);
  if (!(await isSetupTokenValid(token, db))) throw usedUp();
  const prepared = await prepareAccount({ ...account, nowMs: clock.nowMs() });
  return db.$transaction(async (tx) => {
    // Deleting the row is taking the link: the second of two transactions waits here and then finds nothing.
    const { count } = await tx.setting.deleteMany({ where: { key: SETTING, value: hashToken(token) } });
    if (count === 0 || (await tx.user.count()) > 0) throw usedUp();
    return createFirstAccount(tx, prepared);
  });
}

const usedUp = (): AppError =>
  new AppError(
    "GONE",
    "This link was used already, or a later start of Offshoot printed a newer one. Sign in, or open the newest link.",
  );
