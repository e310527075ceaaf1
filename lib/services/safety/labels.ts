import type { Actor } from "@/lib/schemas/actor";
import type { LabelsBody } from "@/lib/schemas/safety";
import type { ServiceDto } from "@/lib/schemas/service";
import { recordDone } from "../ask-for";
import { askOnce } from "../ask-once";
import { serviceNotFound } from "../find-service-row";
import { getService } from "../get-service";
import type { NewServiceOptions } from "../request-create";
import { hasExpired, isLive } from "../service-state";

/** What people call a service and keep it for. All labels are set at once; what is left out of the request stays as it is. */
export async function setLabels(
  actor: Actor,
  { serviceId, body }: { serviceId: string; body: LabelsBody },
  options: NewServiceOptions = {},
): Promise<ServiceDto> {
  await askOnce({ actor, serviceId, action: "service.labels", body, options }, async (tx, row, nowMs) => {
    if (!isLive(row.status) && !hasExpired(row.status)) throw serviceNotFound();
    const labels = body.labels ?? (row.labels as Record<string, string>);
    const purpose = body.purpose === undefined ? row.purpose : body.purpose || null;
    if (purpose === row.purpose && isSame(labels, row.labels as Record<string, string>)) return undefined;
    await tx.service.update({ where: { id: serviceId }, data: { labels, purpose } });
    return recordDone(tx, { kind: "labels", service: row, by: actor.name, nowMs });
  });
  return getService(actor, serviceId, options);
}

function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const sorted = (labels: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(labels).sort());
  return sorted(one) === sorted(other);
}
