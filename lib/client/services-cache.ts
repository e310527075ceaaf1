import type { QueryClient } from "@tanstack/react-query";
import { type ServicesData, serviceKeys } from "./services";

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

const without = (data: ServicesData, serviceId: string): ServicesData => ({
  ...data,
  services: data.services.filter(({ service_id }) => service_id !== serviceId),
});
