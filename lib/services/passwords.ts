import type { Actor } from "@/lib/schemas/actor";
import { AppError } from "@/lib/std/app-error";
import { createScramVerifier } from "@/lib/std/scram";
import { type CallOptions, type ServicesContext, servicesContext } from "./context";
import { getServiceRow, type ServiceRow, serviceNotFound } from "./find-service-row";
import { preparePassword } from "./place-service";
import { findSealedPassword, SEAL_KEPT_MS } from "./sealed-password";
import { isLive } from "./service-state";

/** A password, shown once. */
export interface RevealedPassword {
  readonly password: string;
}

/** The one-time password, and nobody sees it again: GONE when it was shown already or waited for more than an hour. */
export async function revealPassword(
  actor: Actor,
  serviceId: string,
  options: CallOptions = {},
): Promise<RevealedPassword> {
  const context = servicesContext(options);
  const row = await getLiveRow(context, actor, serviceId);
  const password = await findWaitingPassword(context, row);
  // Of two who ask at once, one finds the value still there.
  const { count } = await context.db.service.updateMany({
    where: { id: row.id, sealedPassword: row.sealedPassword },
    data: { sealedPassword: null, passwordSealedAt: null },
  });
  if (password === undefined || count === 0)
    throw new AppError("GONE", "This password was shown before and is not stored. Reset it to get a new one.");
  return { password };
}

/** The sealed password while it may still be shown; undefined after that. */
export async function findWaitingPassword(
  context: ServicesContext,
  row: Pick<ServiceRow, "id" | "sealedPassword" | "passwordSealedAt">,
): Promise<string | undefined> {
  const { id, sealedPassword, passwordSealedAt } = row;
  if (sealedPassword === null || passwordSealedAt === null) return undefined;
  if (context.clock.nowMs() - passwordSealedAt.getTime() > SEAL_KEPT_MS) return undefined;
  return findSealedPassword(context.sealKey(), id, sealedPassword);
}

/** Gives the service a new password and says it once; it is not stored. Sessions that are open stay open. */
export async function resetPassword(
  actor: Actor,
  serviceId: string,
  options: CallOptions = {},
): Promise<RevealedPassword> {
  const context = servicesContext(options);
  const row = await getLiveRow(context, actor, serviceId);
  const { password, verifier } = await preparePassword(context, row.id);
  await setVerifier(context, row.id, verifier);
  return { password };
}

/** Sets the password that a person chose. */
export async function updatePassword(
  actor: Actor,
  { serviceId, password }: { serviceId: string; password: string },
  options: CallOptions = {},
): Promise<void> {
  const context = servicesContext(options);
  const row = await getLiveRow(context, actor, serviceId);
  await setVerifier(context, row.id, await createScramVerifier(password));
}

async function setVerifier(context: ServicesContext, serviceId: string, scramVerifier: string): Promise<void> {
  const passwordSetAt = new Date(context.clock.nowMs());
  await context.db.service.update({
    where: { id: serviceId },
    data: { scramVerifier, passwordSetAt, sealedPassword: null, passwordSealedAt: null },
  });
}

async function getLiveRow(context: ServicesContext, actor: Actor, serviceId: string): Promise<ServiceRow> {
  const row = await getServiceRow(context.db, actor, serviceId);
  if (!isLive(row.status)) throw serviceNotFound();
  return row;
}
