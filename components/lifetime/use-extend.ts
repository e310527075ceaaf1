"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useServiceActions } from "@/components/services/service-actions";
import { useZone } from "@/components/shell/clock";
import { useToast } from "@/components/ui/toast";
import type { ActionFailure } from "@/lib/client/action-result";
import { attempt } from "@/lib/client/attempt";
import { refreshServices } from "@/lib/client/services-cache";
import { formatFull } from "@/lib/client/time";
import type { ExtendBody, ServiceDto } from "@/lib/schemas/service";

/** Gives a fork another end and says which, with a way back. Answers the failure, which is said too unless the caller shows it. */
export function useExtend() {
  const { extendService } = useServiceActions();
  const { zone } = useZone();
  const cache = useQueryClient();
  const toast = useToast();

  return async function extend(
    service: ServiceDto,
    body: ExtendBody,
    { isShown = false }: { isShown?: boolean } = {},
  ): Promise<ActionFailure | undefined> {
    const before = service.expires_at;
    const result = await attempt(extendService(service.service_id, body));
    await refreshServices(cache);
    if (!result.ok) {
      if (!isShown) toast({ message: `${service.name} keeps its end: ${result.message}`, failure: true });
      return result;
    }
    const { expires_at: after } = result.service;
    const message = after
      ? `${service.name} expires ${formatFull(Date.parse(after), zone, false)}`
      : `${service.name} never expires`;
    const undo = before && { label: "Undo", onPress: () => void extend(result.service, { expires_at: before }) };
    toast({ message, ...(undo && { action: undo }) });
    return undefined;
  };
}
