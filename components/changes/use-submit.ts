"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useToast } from "@/components/ui/toast";
import type { ActionFailure, ActionResult } from "@/lib/client/action-result";
import { attempt } from "@/lib/client/attempt";
import { refreshServices } from "@/lib/client/services-cache";
import type { ServiceDto } from "@/lib/schemas/service";

/** What a dialog of a change is about. */
export interface ChangeDialogProps {
  service: ServiceDto;
  onClose: () => void;
}

/** Sends what a dialog asks for; it closes when that was accepted, and shows why when it was not. */
export function useSubmit(onClose: () => void) {
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<ActionFailure>();
  const cache = useQueryClient();
  const toast = useToast();
  return {
    pending,
    failure,
    forget: () => setFailure(undefined),
    async submit(action: Promise<ActionResult>, done: string): Promise<void> {
      setPending(true);
      const result = await attempt(action);
      setPending(false);
      await refreshServices(cache);
      if (!result.ok) return setFailure(result);
      toast({ message: done });
      onClose();
    },
  };
}
