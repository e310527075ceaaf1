"use client";
import { useQuery } from "@tanstack/react-query";
import { serviceQuery } from "@/lib/client/services";
import { isFailed, isReady } from "@/lib/client/status";
import type { OperationDto } from "@/lib/schemas/operation";
import type { ServiceDto } from "@/lib/schemas/service";

export interface Placed {
  readonly service: ServiceDto | undefined;
  /** The create or fork that makes it. */
  readonly operation: OperationDto | undefined;
  readonly ready: boolean;
  readonly failed: boolean;
  readonly error: Error | null;
}

/** Follows a service that a form has just asked for. Without an id it follows nothing. */
export function usePlaced(serviceId: string | null): Placed {
  const { data, error } = useQuery({ ...serviceQuery(serviceId ?? ""), enabled: serviceId !== null });
  const operation = data?.operations.findLast(({ kind }) => kind === "create" || kind === "fork");
  const service = serviceId === null ? undefined : data?.service;
  return {
    service,
    operation,
    ready: service !== undefined && isReady(service),
    failed: service !== undefined && isFailed(service),
    error: serviceId === null ? null : error,
  };
}
