"use client";
import { useState } from "react";
import { useRestore } from "@/components/services/use-restore";
import { Button } from "@/components/ui/button";
import type { ServiceDto } from "@/lib/schemas/service";

/** Brings a fork that has expired back, for what was left of its life, an hour at least. */
export function RestoreButton({ service }: { service: ServiceDto }) {
  const restore = useRestore();
  const [pending, setPending] = useState(false);
  return (
    <Button
      size="sm"
      pending={pending}
      aria-label={`Restore ${service.name}`}
      onClick={async () => {
        setPending(true);
        await restore(service);
        setPending(false);
      }}
    >
      Restore
    </Button>
  );
}
