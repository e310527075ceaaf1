"use client";
import { CalendarClock, Hourglass } from "lucide-react";
import { useRouter } from "next/navigation";
import { ExtendButton } from "@/components/lifetime/extend-button";
import { Ago, Countdown, TimeChip } from "@/components/shell/time-chip";
import { ButtonLink } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { Tag } from "@/components/ui/tag";
import { forkHref } from "@/lib/client/routes";
import { findForkObstacle, hasExpired, isFork, isListed, mayExtend } from "@/lib/client/status";
import type { ServiceDto } from "@/lib/schemas/service";
import { ServiceMenu } from "./service-menu";
import { EnvironmentTag } from "./service-tags";
import { StatusChip } from "./status-chip";

/** Name, tags, status and the two moments of a fork: what its data is of, and when it ends. PROD has its edge. */
export function DetailHeader({ service }: { service: ServiceDto }) {
  const router = useRouter();
  const prod = service.metadata.environment === "PROD";
  const { forked_from, expires_at, receipt } = service;
  return (
    <header
      className={cn(
        "mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-4",
        prod && "border-danger border-l-4 pl-4",
      )}
    >
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <h1 tabIndex={-1} className="min-w-0 break-words font-semibold text-xl tracking-tight outline-none">
            {service.name}
          </h1>
          <EnvironmentTag service={service} />
          {forked_from && <Tag tone="accent">FORK OF {forked_from.name}</Tag>}
        </div>
        <div className="mt-2 flex flex-wrap items-center gap-x-5 gap-y-1.5 text-fg-2">
          <StatusChip service={service} />
          {forked_from && receipt?.commit_time && (
            <span className="inline-flex flex-wrap items-center gap-x-1.5">
              <CalendarClock size={15} className="text-fg-3" aria-hidden />
              as of <TimeChip at={receipt.commit_time} seconds className="text-fg" />
              <span className="tabular text-fg-3">
                <Ago at={receipt.commit_time} />
              </span>
            </span>
          )}
          {expires_at && isListed(service) && !hasExpired(service) && (
            <span className="inline-flex flex-wrap items-center gap-x-1.5">
              <Hourglass size={15} className="text-fg-3" aria-hidden />
              expires <TimeChip at={expires_at} className="text-fg" />
              <span className="text-fg-3">
                <Countdown to={expires_at} />
              </span>
            </span>
          )}
          {!forked_from && <span>{service.image.label}</span>}
        </div>
      </div>
      {isListed(service) && (
        <div className="flex flex-wrap gap-2">
          {mayExtend(service) && <ExtendButton service={service} />}
          {!findForkObstacle(service) && (
            <ButtonLink variant="primary" href={forkHref(service.name)}>
              {isFork(service) ? "Fork this fork" : "Fork service"}
            </ButtonLink>
          )}
          <ServiceMenu here service={service} onGone={() => router.push(isFork(service) ? "/forks" : "/services")} />
        </div>
      )}
    </header>
  );
}
