import { authorize } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import type { AllowListBody, AllowListDto } from "@/lib/schemas/safety";
import { assert } from "@/lib/std/assert";
import { type Cidr, isWithin, parseCidr } from "@/lib/std/cidr";
import { askFor } from "../ask-for";
import { askOnce } from "../ask-once";
import { type CallOptions, servicesContext } from "../context";
import { getServiceRow, type ServiceRow, serviceNotFound } from "../find-service-row";
import type { Db } from "../move-service";
import type { NewServiceOptions } from "../request-create";
import { hasExpired, isLive } from "../service-state";

/** From where a service's endpoint takes connections, and whether whoever asks is among them. */
export async function getAllowList(actor: Actor, serviceId: string, options: CallOptions = {}): Promise<AllowListDto> {
  const row = assertThere(await getServiceRow(servicesContext(options).db, actor, serviceId));
  authorize(actor, "service.allowListRead", row);
  return toDto(actor, row.allowList);
}

/**
 * Sets from where a service's endpoint takes connections; an empty list lets everyone in. The gateway reads the list for each
 * newcomer; the operation ends the sessions of those whom it leaves out.
 */
export async function setAllowList(
  actor: Actor,
  { serviceId, body: { allow_list } }: { serviceId: string; body: AllowListBody },
  options: NewServiceOptions = {},
): Promise<AllowListDto> {
  const request = { actor, serviceId, action: "service.allowList" as const, body: { allow_list }, options };
  await askOnce(request, async (tx, row, nowMs) => {
    assertThere(row);
    if (row.allowList.join() === allow_list.join()) return undefined;
    await tx.service.update({ where: { id: serviceId }, data: { allowList: allow_list } });
    return askFor(tx, { kind: "allow_list", service: row, by: actor.name, nowMs });
  });
  return getAllowList(actor, serviceId, options);
}

/** For the gateway: whether a client from there may connect. Of a service that is gone nobody may. */
export async function isAddressAllowed(db: Db, serviceId: string, address: string): Promise<boolean> {
  const row = await db.service.findUnique({ where: { id: serviceId }, select: { allowList: true } });
  return row !== null && isOnList(row.allowList, address);
}

const isOnList = (list: readonly string[], address: string): boolean =>
  list.length === 0 || list.some((entry) => isWithin(read(entry), address));

function read(entry: string): Cidr {
  const cidr = parseCidr(entry);
  assert(typeof cidr !== "string", `${entry} was written by setAllowList`);
  return cidr;
}

function assertThere(row: ServiceRow): ServiceRow {
  if (isLive(row.status) || hasExpired(row.status)) return row;
  throw serviceNotFound();
}

const toDto = ({ address }: Actor, list: string[]): AllowListDto => ({
  allow_list: list,
  your_address: address,
  lets_you_in: address === null ? null : isOnList(list, address),
});
