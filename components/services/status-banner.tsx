"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { PausedBanner } from "@/components/changes/paused-banner";
import { ExpiredBanner, ExpiryBanner } from "@/components/lifetime/expiry-banner";
import { useNow } from "@/components/shell/clock";
import { Countdown, TimeChip } from "@/components/shell/time-chip";
import { Button, ButtonLink } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { damagesQuery } from "@/lib/client/history";
import { forkHref } from "@/lib/client/routes";
import { hasExpired, isExpiring, isFailed, isListed } from "@/lib/client/status";
import type { DamagesDto } from "@/lib/schemas/history";
import type { ServiceDto } from "@/lib/schemas/service";
import { DamageBanner } from "./damage-banner";
import { useRestore } from "./use-restore";

/** The one thing to know about this service, by severity; nothing when it is well. */
export function StatusBanner({ service }: { service: ServiceDto }) {
  const nowMs = useNow();
  const { data } = useQuery({ ...damagesQuery(service.service_id), enabled: isListed(service) && !isFailed(service) });
  const banner = chooseBanner(service, nowMs, data?.damages);
  return banner && <div className="mb-4">{banner}</div>;
}

function chooseBanner(service: ServiceDto, nowMs: number, damages: DamagesDto | undefined) {
  if (!isListed(service)) return <Deleted service={service} />;
  if (isFailed(service)) return <Failed service={service} />;
  if (damages && damages.count > 0) return <DamageBanner service={service} damages={damages} />;
  if (service.status === "UNSTABLE")
    return <Notice tone="warn">{service.status_reason ?? `${service.name} does not answer.`}</Notice>;
  if (hasExpired(service)) return <ExpiredBanner service={service} />;
  if (service.status === "PAUSED") return <PausedBanner service={service} />;
  if (service.expires_at && isExpiring(service, nowMs)) return <ExpiryBanner service={service} />;
  if (service.forked_from?.deleted)
    return <Notice>Its source {service.forked_from.name} was deleted; this fork keeps all its data.</Notice>;
  return null;
}

function Failed({ service }: { service: ServiceDto }) {
  const source = service.forked_from;
  return (
    <Notice
      tone="danger"
      role="alert"
      actions={
        source &&
        !source.deleted && (
          <ButtonLink size="sm" href={`${forkHref(source.name)}&name=${encodeURIComponent(service.name)}`}>
            Try again
          </ButtonLink>
        )
      }
    >
      {service.progress?.error ?? service.status_reason ?? "It could not be made."} Nothing half-made stays behind:
      delete it when you have read this.
    </Notice>
  );
}

function Deleted({ service }: { service: ServiceDto }) {
  const restore = useRestore();
  const [pending, setPending] = useState(false);
  const purging = service.progress?.operation === "purge";
  return (
    <Notice
      tone="warn"
      actions={
        !purging && (
          <>
            <Button
              size="sm"
              pending={pending}
              onClick={async () => {
                setPending(true);
                await restore(service);
                setPending(false);
              }}
            >
              Restore {service.forked_from ? "fork" : "service"}
            </Button>
            <ButtonLink size="sm" variant="ghost" href="/bin">
              Recently deleted
            </ButtonLink>
          </>
        )
      }
    >
      {purging ? (
        "It is being purged."
      ) : (
        <>
          Deleted{service.deleted_by && ` by ${service.deleted_by}`}
          {service.deleted_at && (
            <>
              {" "}
              at <TimeChip at={service.deleted_at} seconds />
            </>
          )}
          {service.purge_at && (
            <>
              ; purges <Countdown to={service.purge_at} /> (<TimeChip at={service.purge_at} />)
            </>
          )}
          .
        </>
      )}
    </Notice>
  );
}
