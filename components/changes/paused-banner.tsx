"use client";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import type { ServiceDto } from "@/lib/schemas/service";
import { useChange } from "./changes";

/** Nothing runs, by somebody's wish; or because it could not be started, with the reason. */
export function PausedBanner({ service }: { service: ServiceDto }) {
  const change = useChange();
  return (
    <Notice
      tone={service.status_reason ? "warn" : "info"}
      actions={
        <Button size="sm" onClick={() => change(service, "start")}>
          Start {service.forked_from ? "fork" : "service"}
        </Button>
      }
    >
      {service.status_reason ?? "It is paused: nobody can connect, and no compute is billed. Its data is kept."}
    </Notice>
  );
}
