"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useToast } from "@/components/ui/toast";
import type { ActionResult } from "@/lib/client/action-result";
import { attempt } from "@/lib/client/attempt";
import { serviceKeys } from "@/lib/client/services";

/** Runs one of the card's server actions; what is shown is asked for anew. Answers why it failed, for where it was typed. */
export function useSafetyChange(serviceId: string) {
  const [pending, setPending] = useState(false);
  const cache = useQueryClient();
  const toast = useToast();
  return {
    pending,
    async change(action: Promise<ActionResult>, done: string): Promise<string | undefined> {
      setPending(true);
      const result = await attempt(action);
      setPending(false);
      if (!result.ok) return result.message;
      toast({ message: done });
      await cache.invalidateQueries({ queryKey: serviceKeys.detail(serviceId) });
      return undefined;
    },
  };
}
