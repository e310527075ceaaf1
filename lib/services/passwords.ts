import { authorize } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import { AppError } from "@/lib/std/app-error";
import { createScramVerifier } from "@/lib/std/scram";
import { recordDone } from "./ask-for";
import { type CallOptions, type ServicesContext, servicesContext } from "./context";
import { lockServiceRow, type ServiceRow, serviceNotFound } from "./find-service-row";
import { preparePassword } from "./place-service";
import { recordChange } from "./record-change";
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
  const password = await context.db.$transaction(async (tx) => {
    const row = assertLive(await lockServiceRow(tx, actor, serviceId));
    authorize(actor, "service.revealPassword", row);
    const waiting = await findWaitingPassword(context, row);
    // Also one that waited for too long is erased.
    await tx.service.update({ where: { id: row.id }, data: { sealedPassword: null, passwordSealedAt: null } });
    if (waiting === undefined) return undefined;
    const after = { passwordRevealed: true };
    const nowMs = context.clock.nowMs();
    await recordChange(tx, { actor, action: "service.revealPassword", service: row, after, nowMs });
    return waiting;
  });
  if (password !== undefined) return { password };
  throw new AppError("GONE", "This password was shown before and is not stored. Reset it to get a new one.");
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
  const { password, verifier } = await preparePassword(context, serviceId);
  await setVerifier(context, actor, { serviceId, scramVerifier: verifier });
  return { password };
}

/** Sets the password that a person chose. */
export async function updatePassword(
  actor: Actor,
  { serviceId, password }: { serviceId: string; password: string },
  options: CallOptions = {},
): Promise<void> {
  const context = servicesContext(options);
  await setVerifier(context, actor, { serviceId, scramVerifier: await createScramVerifier(password) });
}

// The verifier's slow hash is made before: it must not hold a row.
async function setVerifier(
  context: ServicesContext,
  actor: Actor,
  { serviceId, scramVerifier }: { serviceId: string; scramVerifier: string },
): Promise<void> {
  const nowMs = context.clock.nowMs();
  const after = { passwordSetAt: new Date(nowMs) };
  await context.db.$transaction(async (tx) => {
    const row = assertLive(await lockServiceRow(tx, actor, serviceId));
    authorize(actor, "service.updatePassword", row);
    const data = { ...after, scramVerifier, sealedPassword: null, passwordSealedAt: null };
    await tx.service.update({ where: { id: row.id }, data });
    await recordDone(tx, { kind: "password", service: row, by: actor.name, nowMs });
    await recordChange(tx, { actor, action: "service.updatePassword", service: row, before: row, after, nowMs });
  });
}

function assertLive(row: ServiceRow): ServiceRow {
  if (isLive(row.status)) return row;
  throw serviceNotFound();
}
