import { authorize } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { servicesContext } from "../context";
import { expireService } from "../expire";
import { lockServiceRow } from "../find-service-row";
import { getService } from "../get-service";
import type { NewServiceOptions } from "../request-create";
import { hasExpired } from "../service-state";
import { assertHasEnd } from "./extend";

/** Ends a fork now, as its TTL would: its data waits for a restore until the grace is over. Asking again changes nothing. */
export async function requestExpire(
  actor: Actor,
  serviceId: string,
  options: NewServiceOptions = {},
): Promise<ServiceDto> {
  const { db, clock } = servicesContext(options);
  await db.$transaction(async (tx) => {
    const row = await lockServiceRow(tx, actor, serviceId);
    authorize(actor, "service.expire", row);
    if (hasExpired(row.status)) return;
    assertHasEnd(row);
    await expireService(tx, row, { actor, nowMs: clock.nowMs() });
  });
  return getService(actor, serviceId, options);
}
