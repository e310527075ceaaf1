import type { QueryClient } from "@tanstack/react-query";
import type { ServiceDto } from "@/lib/schemas/service";
import { type BinData, type ServiceDetailData, type ServicesData, serviceKeys } from "./services";

/** After an action: whatever is on the screen is read again. */
export const refreshServices = (cache: QueryClient): Promise<void> =>
  cache.invalidateQueries({ queryKey: serviceKeys.all });

/** Takes a service out of the list before the server has said so, and puts the list back if it refuses. */
export async function hideService(cache: QueryClient, serviceId: string): Promise<{ undo: () => void }> {
  await cache.cancelQueries({ queryKey: serviceKeys.list });
  const before = cache.getQueryData<ServicesData>(serviceKeys.list);
  cache.setQueryData<ServicesData>(serviceKeys.list, (data) => data && without(data, serviceId));
  return { undo: () => cache.setQueryData(serviceKeys.list, before) };
}

/** What an action answered about a service, at once everywhere it is shown. */
export function putService(cache: QueryClient, service: ServiceDto): void {
  const replace = <Data extends { services: readonly ServiceDto[] }>(data: Data | undefined) =>
    data && {
      ...data,
      services: data.services.map((one) => (one.service_id === service.service_id ? service : one)),
    };
  cache.setQueryData<ServicesData>(serviceKeys.list, replace);
  cache.setQueryData<BinData>(serviceKeys.bin, replace);
  cache.setQueryData<ServiceDetailData>(serviceKeys.detail(service.service_id), (data) => data && { ...data, service });
}

const without = (data: ServicesData, serviceId: string): ServicesData => ({
  ...data,
  services: data.services.filter(({ service_id }) => service_id !== serviceId),
});
