import { authorize } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import type { DeleteFactsDto } from "@/lib/schemas/delete-facts";
import { type CallOptions, type ServicesContext, servicesContext } from "./context";
import { getServiceRow, serviceNotFound } from "./find-service-row";
import { isListed } from "./service-state";

/** What a person should know before deleting a service: who is connected, what is only here, what came from it. */
export async function getDeleteFacts(
  actor: Actor,
  serviceId: string,
  options: CallOptions = {},
): Promise<DeleteFactsDto> {
  authorize(actor, "service.read");
  const context = servicesContext(options);
  const row = await getServiceRow(context.db, actor, serviceId);
  if (!isListed(row.status)) throw serviceNotFound();
  const [project, forks, connections, writtenBytes] = await Promise.all([
    context.db.project.findUniqueOrThrow({ where: { id: row.projectId } }),
    context.db.service.findMany({
      where: { forkedFromId: row.id, projectId: row.projectId, deletedAt: null },
      select: { id: true, name: true },
      orderBy: { name: "asc" },
    }),
    findConnections(context, row.id),
    findWrittenBytes(context, row.volumeId),
  ]);
  return {
    service_id: row.id,
    name: row.name,
    environment: row.environment === "PROD" ? "PROD" : "DEV",
    connections,
    written_bytes: writtenBytes,
    forks: forks.map((fork) => ({ service_id: fork.id, name: fork.name })),
    grace_seconds: project.graceSeconds,
  };
}

// Null says "unknown": a silent engine must not read as "nobody is connected".
async function findConnections({ engine }: ServicesContext, serviceId: string): Promise<DeleteFactsDto["connections"]> {
  try {
    const clients = (await engine.connections([serviceId])).get(serviceId) ?? [];
    return clients.map(({ application, address, since }) => ({ application, address, since }));
  } catch {
    return null;
  }
}

async function findWrittenBytes({ engine }: ServicesContext, volumeId: string): Promise<number | null> {
  try {
    return (await engine.storage([volumeId])).get(volumeId)?.writtenBytes ?? null;
  } catch {
    return null;
  }
}
