import { queryOptions } from "@tanstack/react-query";
import type { DeleteFactsDto } from "@/lib/schemas/delete-facts";
import type { OperationDto } from "@/lib/schemas/operation";
import type { ServiceDto } from "@/lib/schemas/service";
import { getJson, type Stamped } from "./http";
import { isUnfinished } from "./operations";
import { isInProgress } from "./status";

export interface ServicesData extends Stamped {
  readonly services: readonly ServiceDto[];
  /** Silent: databases, which run in it, may not answer; new work waits and storage figures are missing. */
  readonly engine: "ok" | "silent";
}

export interface ServiceDetailData extends Stamped {
  readonly service: ServiceDto;
  /** Newest first. */
  readonly operations: readonly OperationDto[];
}

export interface BinData extends Stamped {
  readonly services: readonly ServiceDto[];
}

export interface DeleteFactsData extends Stamped {
  readonly facts: DeleteFactsDto;
}

// Quick while something happens, since a fork takes about a second; calm otherwise, to see what others do.
const BUSY_MS = 500;
const CALM_MS = 5_000;

export const serviceKeys = {
  all: ["services"] as const,
  list: ["services", "list"] as const,
  detail: (serviceId: string) => ["services", "detail", serviceId] as const,
  facts: (serviceId: string) => ["services", "facts", serviceId] as const,
  bin: ["services", "bin"] as const,
  extension: (serviceId: string, asked: Readonly<Record<string, string>>) =>
    ["services", "extension", serviceId, asked] as const,
  connections: ["services", "connections"] as const,
};

/** Every service and fork of the project that is not deleted. */
export const servicesQuery = () =>
  queryOptions({
    queryKey: serviceKeys.list,
    queryFn: ({ signal }) => getJson<ServicesData>("/data/services", signal),
    refetchInterval: ({ state }) => (state.data?.services.some(isInProgress) ? BUSY_MS : CALM_MS),
  });

/** One service with what was done to it. */
export const serviceQuery = (serviceId: string) =>
  queryOptions({
    queryKey: serviceKeys.detail(serviceId),
    queryFn: ({ signal }) => getJson<ServiceDetailData>(`/data/services/${serviceId}`, signal),
    refetchInterval: ({ state }) => (state.data && isBusy(state.data) ? BUSY_MS : CALM_MS),
  });

/** A snapshot is taken while the service goes on as it is. */
const isBusy = ({ service, operations }: ServiceDetailData): boolean =>
  isInProgress(service) || operations.some(isUnfinished);

/** What a deletion would end and lose; always asked for afresh. */
export const deleteFactsQuery = (serviceId: string) =>
  queryOptions({
    queryKey: serviceKeys.facts(serviceId),
    queryFn: ({ signal }) => getJson<DeleteFactsData>(`/data/services/${serviceId}/delete-facts`, signal),
    staleTime: 0,
    gcTime: 0,
  });

/** Recently deleted services and forks. */
export const binQuery = () =>
  queryOptions({
    queryKey: serviceKeys.bin,
    queryFn: ({ signal }) => getJson<BinData>("/data/bin", signal),
    refetchInterval: ({ state }) => (state.data?.services.some(isInProgress) ? BUSY_MS : CALM_MS),
  });
