import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { assert } from "@/lib/std/assert";
import { askFor } from "./ask-for";
import { askOnce } from "./ask-once";
import { assertAwake, cameFrom } from "./can-change";
import { servicesContext } from "./context";
import { getService } from "./get-service";
import { moveService } from "./move-service";
import { offeringSpace } from "./policy/offer-space";
import { assertRunningLeft } from "./policy/quotas";
import type { NewServiceOptions } from "./request-create";
import { isPaused, isPausing, isResuming, isServed } from "./service-state";

/** Asks that a service's Postgres be stopped; its data stays, and its port says that it is paused. Asking again changes nothing. */
export async function requestPause(
  actor: Actor,
  serviceId: string,
  options: NewServiceOptions = {},
): Promise<ServiceDto> {
  await askOnce({ actor, serviceId, action: "service.stop", options }, async (tx, row, nowMs) => {
    if (isPausing(row.status)) return undefined;
    assertAwake(row, { to: "pause", needs: isServed });
    const moved = await moveService(tx, { serviceId, to: "PAUSING", from: [row.status] });
    assert(moved, "a service whose row is held moves as the table says");
    return askFor(tx, { kind: "pause", service: row, by: actor.name, nowMs, input: { from: cameFrom(row) } });
  });
  return saying(await getService(actor, serviceId, options), { PAUSED: "PAUSING" });
}

/** Asks that a paused service run again. Asking again while it starts changes nothing. */
export async function requestResume(
  actor: Actor,
  serviceId: string,
  options: NewServiceOptions = {},
): Promise<ServiceDto> {
  const request = { actor, serviceId, action: "service.start" as const, isNaming: true, options };
  const asked = askOnce(request, async (tx, row, nowMs) => {
    if (isResuming(row.status)) return undefined;
    assertAwake(row, { to: "start", needs: isPaused });
    await assertRunningLeft(tx, await tx.project.findUniqueOrThrow({ where: { id: row.projectId } }));
    const moved = await moveService(tx, { serviceId, to: "RESUMING", patch: { statusReason: null } });
    assert(moved, "a service whose row is held moves as the table says");
    return askFor(tx, { kind: "resume", service: row, by: actor.name, nowMs, input: { from: cameFrom(row) } });
  });
  await offeringSpace(servicesContext(options), actor, asked);
  return saying(await getService(actor, serviceId, options), { READY: "RESUMING" });
}

/**
 * Whoever asked waits for the last of these words from here on, and looks at this answer first: it says what was asked for,
 * however fast it was done.
 */
export const saying = (
  service: ServiceDto,
  words: Partial<Record<ServiceDto["status"], ServiceDto["status"]>>,
): ServiceDto => ({ ...service, status: words[service.status] ?? service.status });
