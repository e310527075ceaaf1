"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useServiceActions } from "@/components/services/service-actions";
import { useRestore } from "@/components/services/use-restore";
import { Button } from "@/components/ui/button";
import { useToast } from "@/components/ui/toast";
import { attempt } from "@/lib/client/attempt";
import { refreshServices } from "@/lib/client/services-cache";
import type { ServiceDto } from "@/lib/schemas/service";

/** Ends a fork now, as its TTL would. Its data stays for the grace, so it is not asked twice: there is a way back. */
export function EndButton({ service }: { service: ServiceDto }) {
  const { expireService } = useServiceActions();
  const restore = useRestore();
  const cache = useQueryClient();
  const toast = useToast();
  const [pending, setPending] = useState(false);

  async function end() {
    setPending(true);
    const result = await attempt(expireService(service.service_id));
    setPending(false);
    if (result.ok)
      toast({
        message: `${service.name} ended. Its data is kept.`,
        action: { label: "Undo", onPress: () => void restore(service, { undo: true }) },
      });
    else toast({ message: `${service.name} goes on: ${result.message}`, failure: true });
    await refreshServices(cache);
  }

  return (
    <Button size="sm" variant="dangerOutline" pending={pending} onClick={end} aria-label={`End ${service.name} now`}>
      End now
    </Button>
  );
}
