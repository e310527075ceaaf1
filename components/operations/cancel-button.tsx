"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useServiceActions } from "@/components/services/service-actions";
import { Button } from "@/components/ui/button";
import { useToast } from "@/components/ui/toast";
import { attempt } from "@/lib/client/attempt";
import { OPERATION_TITLES } from "@/lib/client/operations";
import { refreshServices } from "@/lib/client/services-cache";
import type { OperationDto } from "@/lib/schemas/operation";

/** Ends an operation before it has done anything that cannot be undone; gone once it has. */
export function CancelButton({ operation }: { operation: OperationDto }) {
  const { cancelOperation } = useServiceActions();
  const cache = useQueryClient();
  const toast = useToast();
  const [pending, setPending] = useState(false);
  const title = OPERATION_TITLES[operation.kind];

  async function cancel() {
    setPending(true);
    const result = await attempt(cancelOperation(operation.operation_id));
    setPending(false);
    if (!result.ok) toast({ message: result.message, failure: true });
    else if (result.operation.state === "CANCELLED") toast({ message: `${title} was cancelled.` });
    await refreshServices(cache);
  }

  if (operation.cancelled_by) return <p className="text-fg-2">Being cancelled: what was done is undone.</p>;
  if (!operation.cancellable) return null;
  return (
    <Button size="sm" pending={pending} onClick={cancel}>
      Cancel {title.toLowerCase()}
    </Button>
  );
}
