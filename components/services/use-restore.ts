"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useToast } from "@/components/ui/toast";
import { attempt } from "@/lib/client/attempt";
import { refreshServices } from "@/lib/client/services-cache";
import type { ServiceDto } from "@/lib/schemas/service";
import { useServiceActions } from "./service-actions";

export interface RestoreOptions {
  /** A lifetime from now; without it what was left, an hour at least. */
  readonly ttl?: string;
  /** It takes a deletion back: its failure says where the service still is. */
  readonly undo?: boolean;
}

/** Brings a deleted service back, and says how that went. */
export function useRestore() {
  const { restoreService } = useServiceActions();
  const cache = useQueryClient();
  const toast = useToast();
  return async (service: ServiceDto, { ttl, undo = false }: RestoreOptions = {}): Promise<boolean> => {
    const result = await attempt(restoreService(service.service_id, ttl));
    if (result.ok) toast({ message: `${service.name} is coming back with its endpoint and password.` });
    else if (undo)
      toast({ message: `Could not undo: ${result.message} It is still in Recently deleted.`, failure: true });
    else toast({ message: `Could not restore ${service.name}: ${result.message}`, failure: true });
    await refreshServices(cache);
    return result.ok;
  };
}
