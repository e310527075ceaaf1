"use client";
import { useQuery } from "@tanstack/react-query";
import { sayTogether } from "@/lib/client/deletion";
import { freesQuery } from "@/lib/client/history";
import { servicesQuery } from "@/lib/client/services";
import { isListed, listDescendants } from "@/lib/client/status";
import type { ServiceDto } from "@/lib/schemas/service";

/** What deleting a service with everything forked from it frees; undefined where it has no forks, or nobody knows. */
export function useFreesTogether(service: ServiceDto): string | undefined {
  const services = useQuery(servicesQuery()).data?.services ?? [];
  const forks = listDescendants(service, services).map(({ service_id }) => service_id);
  const { data } = useQuery({
    ...freesQuery([service.service_id, ...forks]),
    enabled: isListed(service) && forks.length > 0,
  });
  return data && sayTogether(forks.length, data.frees);
}
