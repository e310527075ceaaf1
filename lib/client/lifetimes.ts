import { queryOptions } from "@tanstack/react-query";
import type { ExtensionDto } from "@/lib/schemas/cost";
import { getJson, type Stamped } from "./http";
import { serviceKeys } from "./services";

export interface ExtensionData extends Stamped {
  readonly extension: ExtensionDto;
}

/** What another end of a fork would cost, or why it is refused. */
export const extensionQuery = (serviceId: string, asked: Record<string, string>) =>
  queryOptions({
    queryKey: serviceKeys.extension(serviceId, asked),
    queryFn: ({ signal }) =>
      getJson<ExtensionData>(`/data/services/${serviceId}/extension?${new URLSearchParams(asked)}`, signal),
    staleTime: 60_000,
    retry: false,
  });

export interface ConnectionsData extends Stamped {
  /** Clients by service id, without those that have none; null while the engine is silent. */
  readonly connections: Readonly<Record<string, number>> | null;
}

export const connectionsQuery = () =>
  queryOptions({
    queryKey: serviceKeys.connections,
    queryFn: ({ signal }) => getJson<ConnectionsData>("/data/connections", signal),
    refetchInterval: 15_000,
  });
