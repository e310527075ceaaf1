import { authorize } from "@/lib/auth";
import type { HoldFacts } from "@/lib/engine-client";
import type { Actor } from "@/lib/schemas/actor";
import type { HoldDto } from "@/lib/schemas/history";
import { LEASE_DEFAULT_SECONDS, type RenewHoldBody, type TakeHoldBody } from "@/lib/schemas/history-requests";
import { AppError } from "@/lib/std/app-error";
import { ID_PATTERN, newId } from "@/lib/std/ids";
import { type CallOptions, type ServicesContext, servicesContext } from "./context";
import type { ServiceRow } from "./find-service-row";
import { readMoment } from "./history";
import { getRowWithHistory } from "./history-source";
import { reserveMoment } from "./reserve-moment";
import { isBaseMark } from "./reset/base-mark";
import { toHoldDto } from "./to-history-dto";

/** A person decides about a few moments at a time; more than this is a leak of somebody's script. */
export const HOLDS_MAX = 100;

export async function listHolds(actor: Actor, serviceId: string, options: CallOptions = {}): Promise<HoldDto[]> {
  authorize(actor, "hold.read");
  const context = servicesContext(options);
  return (await listHoldFacts(context, await getRowWithHistory(context.db, actor, serviceId))).map(toHoldDto);
}

/** Keeps a moment while a person decides: it ends by itself when its lease is over. */
export async function takeHold(
  actor: Actor,
  { serviceId, body }: { serviceId: string; body: TakeHoldBody },
  options: CallOptions = {},
): Promise<HoldDto> {
  authorize(actor, "hold.take");
  const context = servicesContext(options);
  const row = await getRowWithHistory(context.db, actor, serviceId);
  const { lease_seconds: leaseSeconds = LEASE_DEFAULT_SECONDS, ...query } = body;
  const moment = await readMoment(context, row, query);
  if ((await listHoldFacts(context, row)).length >= HOLDS_MAX)
    throw new AppError("QUOTA", `${row.name} has ${HOLDS_MAX} holds, which is the most. Release some.`, {
      details: { max: HOLDS_MAX },
    });
  const holdId = newId();
  const { commit, micros, untilMicros } = await reserveMoment(context, row, {
    ...moment,
    acceptInexact: true,
    holdId,
    leaseSeconds,
  });
  return toHoldDto({ holdId, commit, micros, untilMicros });
}

/** Moves the end of a hold: its lease begins again now. NOT_FOUND once it has ended. */
export async function renewHold(
  actor: Actor,
  { serviceId, holdId, body = {} }: { serviceId: string; holdId: string; body?: RenewHoldBody },
  options: CallOptions = {},
): Promise<HoldDto> {
  authorize(actor, "hold.renew");
  const context = servicesContext(options);
  const row = await getRowWithHistory(context.db, actor, serviceId);
  const hold = (await listHoldFacts(context, row)).find((one) => one.holdId === holdId);
  if (!hold) throw new AppError("NOT_FOUND", "There is no such hold. It may have ended; take a new one.");
  const leaseSeconds = body.lease_seconds ?? LEASE_DEFAULT_SECONDS;
  const { untilMicros } = await reserveMoment(context, row, {
    commit: hold.commit,
    field: "lease_seconds",
    holdId,
    leaseSeconds,
  });
  return toHoldDto({ ...hold, untilMicros });
}

/** Ends a hold. One that has ended already is fine. */
export async function releaseHold(
  actor: Actor,
  { serviceId, holdId }: { serviceId: string; holdId: string },
  options: CallOptions = {},
): Promise<void> {
  authorize(actor, "hold.release");
  const context = servicesContext(options);
  const { volumeId } = await getRowWithHistory(context.db, actor, serviceId);
  if (ID_PATTERN.test(holdId) && !isBaseMark({ holdId }, volumeId))
    await context.engine.history.release({ volumeId, holdId });
}

async function listHoldFacts({ engine }: ServicesContext, { volumeId }: ServiceRow): Promise<readonly HoldFacts[]> {
  const { holds } = await engine.history.window({ volumeId });
  return holds.filter((hold) => !isBaseMark(hold, volumeId));
}
