import type { Actor } from "@/lib/schemas/actor";
import type { RenameBody, ServiceDto, SetEnvironmentBody } from "@/lib/schemas/service";
import { recordDone } from "./ask-for";
import { askOnce } from "./ask-once";
import { type ServiceRow, serviceNotFound } from "./find-service-row";
import { getService } from "./get-service";
import type { NewServiceOptions } from "./request-create";
import { hasExpired, isLive } from "./service-state";
import { TakenNames } from "./taken-names";

/** Gives a service another name, at once: endpoint, password and forks stay as they are. */
export async function renameService(
  actor: Actor,
  { serviceId, body }: { serviceId: string; body: RenameBody },
  options: NewServiceOptions = {},
): Promise<ServiceDto> {
  const request = { actor, serviceId, action: "service.rename" as const, body, isNaming: true, options };
  await askOnce(request, async (tx, row, nowMs) => {
    assertThere(row);
    if (row.name === body.name) return undefined;
    (await TakenNames.load(tx, row.projectId)).assertFree(body.name);
    await tx.service.update({ where: { id: serviceId }, data: { name: body.name } });
    const input = { before: row.name, after: body.name };
    return recordDone(tx, { kind: "rename", service: row, by: actor.name, nowMs, input });
  });
  return getService(actor, serviceId, options);
}

/** Tags a service: PROD is protected, and what it is forked by is policy. */
export async function setEnvironment(
  actor: Actor,
  { serviceId, body: { environment } }: { serviceId: string; body: SetEnvironmentBody },
  options: NewServiceOptions = {},
): Promise<ServiceDto> {
  const request = { actor, serviceId, action: "service.setEnvironment" as const, body: { environment }, options };
  await askOnce(request, async (tx, row, nowMs) => {
    assertThere(row);
    if (row.environment === environment) return undefined;
    await tx.service.update({ where: { id: serviceId }, data: { environment } });
    const input = { before: row.environment, after: environment };
    return recordDone(tx, { kind: "environment", service: row, by: actor.name, nowMs, input });
  });
  return getService(actor, serviceId, options);
}

function assertThere({ status }: ServiceRow): void {
  if (!isLive(status) && !hasExpired(status)) throw serviceNotFound();
}
