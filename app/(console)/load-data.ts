import "server-only";
import type { BinData, ServiceDetailData, ServicesData } from "@/lib/client/services";
import type { Actor } from "@/lib/schemas/actor";
import { getEngineHealth, getService, listBin, listOperations, listServices } from "@/lib/services";
import { stamp } from "../answer-json";

/** What the pages put into the query cache and the data routes answer: the same values, loaded in one place. */
export async function loadServices(actor: Actor): Promise<ServicesData> {
  const [services, engine] = await Promise.all([listServices(actor), getEngineHealth()]);
  return stamp({ services, engine });
}

export async function loadServiceDetail(actor: Actor, serviceId: string): Promise<ServiceDetailData> {
  const [service, operations] = await Promise.all([
    getService(actor, serviceId, { deletedToo: true }),
    listOperations(actor, { serviceId }),
  ]);
  return stamp({ service, operations });
}

export async function loadBin(actor: Actor): Promise<BinData> {
  return stamp({ services: await listBin(actor) });
}
