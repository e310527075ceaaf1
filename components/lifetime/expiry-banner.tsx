"use client";
import { Countdown, TimeChip } from "@/components/shell/time-chip";
import { ButtonLink } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import type { ServiceDto } from "@/lib/schemas/service";
import { ExtendButton } from "./extend-button";
import { RestoreButton } from "./restore-button";

/** The end of a fork comes near. */
export function ExpiryBanner({ service }: { service: ServiceDto }) {
  if (!service.expires_at) return null;
  return (
    <Notice tone="warn" actions={<ExtendButton service={service} size="sm" />}>
      <strong className="font-semibold">{service.name} stops</strong> at <TimeChip at={service.expires_at} />,{" "}
      <Countdown to={service.expires_at} />.
      {service.postponed && " It was put off once, because somebody is connected."} After that it can be restored for a
      while.
    </Notice>
  );
}

/** It is over; what it held can come back. */
export function ExpiredBanner({ service }: { service: ServiceDto }) {
  return (
    <Notice
      tone="warn"
      actions={
        <>
          <RestoreButton service={service} />
          <ButtonLink size="sm" variant="ghost" href="/cost/ttl">
            TTL
          </ButtonLink>
        </>
      }
    >
      Expired
      {service.expired_at && (
        <>
          {" "}
          at <TimeChip at={service.expired_at} seconds />
        </>
      )}
      .
      {service.purge_at && (
        <>
          {" "}
          Restore it with all its changes until <TimeChip at={service.purge_at} />, <Countdown to={service.purge_at} />.
        </>
      )}
    </Notice>
  );
}
