"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Ago, TimeChip } from "@/components/shell/time-chip";
import { CopyButton } from "@/components/ui/copy-button";
import { type Fact, Facts } from "@/components/ui/facts";
import { sayCpus } from "@/lib/client/changes";
import { sayLength } from "@/lib/client/lifetime";
import { serviceHref } from "@/lib/client/routes";
import { servicesQuery } from "@/lib/client/services";
import { isListed } from "@/lib/client/status";
import type { ServiceDto } from "@/lib/schemas/service";
import { StatusChip } from "./status-chip";

export function DetailFacts({ service, graceSeconds }: { service: ServiceDto; graceSeconds: number }) {
  return <Facts facts={[...listIdentity(service), ...listLife(service, graceSeconds), ...listMaking(service)]} />;
}

function listIdentity(service: ServiceDto): Fact[] {
  const size = service.resources[0]?.spec;
  return [
    {
      term: "Id",
      value: (
        <span className="inline-flex items-center gap-1 font-mono">
          {service.service_id}
          <CopyButton text={service.service_id} label="Copy id" iconOnly />
        </span>
      ),
    },
    { term: "Version", value: service.image.label },
    {
      term: "Endpoint",
      value: service.endpoint ? (
        <span className="font-mono">
          {service.endpoint.host}:{service.endpoint.port}
        </span>
      ) : (
        "–"
      ),
    },
    ...(size ? [{ term: "Size", value: sayCpus({ cpuMillis: size.cpu_millis, memoryGbs: size.memory_gbs }) }] : []),
  ];
}

function listLife(service: ServiceDto, graceSeconds: number): Fact[] {
  if (service.never_reason) return [{ term: "Expires", value: `never: ${service.never_reason}` }];
  if (!service.expires_at) return [];
  return [
    ...(service.ttl ? [{ term: "Lifetime", value: service.ttl }] : []),
    { term: "Expires", value: <TimeChip at={service.expires_at} full /> },
    { term: "Then", value: `restorable for ${sayLength(graceSeconds)}` },
  ];
}

function listMaking({ created, created_by }: ServiceDto): Fact[] {
  return [
    {
      term: "Created",
      value: (
        <>
          <TimeChip at={created} seconds full />
          <br />
          <span className="text-fg-3">
            <Ago at={created} />
            {created_by && ` by ${created_by}`}
          </span>
        </>
      ),
    },
  ];
}

/** What it was made from, and what was made from it. */
export function Lineage({ service }: { service: ServiceDto }) {
  const services = useQuery(servicesQuery()).data?.services ?? [];
  const forks = services.filter((one) => isListed(one) && one.forked_from?.service_id === service.service_id);
  const { forked_from } = service;
  const parent = services.find(({ service_id }) => service_id === forked_from?.service_id);
  return (
    <div className="flex flex-col gap-3">
      {forked_from && (
        <p>
          <span className="text-fg-3">Fork of </span>
          {parent ? <ServiceLink service={parent} /> : <span>{forked_from.name}</span>}
          {forked_from.deleted && <span className="text-fg-3"> (deleted; this fork keeps all its data)</span>}
        </p>
      )}
      {forks.length === 0 ? (
        <p className="text-fg-3">No forks of {service.name} yet.</p>
      ) : (
        <>
          <p className="text-fg-3 text-sm">
            {forks.length === 1 ? "1 fork was" : `${forks.length} forks were`} made from it.
          </p>
          <ul aria-label={`Forks of ${service.name}`} className="flex flex-col divide-y divide-border">
            {forks.map((fork) => (
              <li key={fork.service_id} className="flex items-center justify-between gap-3 py-2 first:pt-0 last:pb-0">
                <ServiceLink service={fork} />
                <StatusChip service={fork} className="text-sm" />
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function ServiceLink({ service }: { service: ServiceDto }) {
  return (
    <Link
      href={serviceHref(service)}
      className="min-w-0 break-words rounded-sm font-medium underline decoration-border-strong underline-offset-4 hover:decoration-fg"
    >
      {service.name}
    </Link>
  );
}
