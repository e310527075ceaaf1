"use client";
import Link from "next/link";
import { TimeChip } from "@/components/shell/time-chip";
import { Button, ButtonLink } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { Cell, HeaderCell, Row, Table, TwoLines } from "@/components/ui/table";
import { useWide } from "@/components/ui/use-wide";
import { forkHref, serviceHref } from "@/lib/client/routes";
import type { ServiceDto } from "@/lib/schemas/service";
import { formatBytes } from "@/lib/std/format";
import { useIsLeaving } from "./deletion";
import { FailureNote } from "./failure-note";
import { ServiceMenu } from "./service-menu";
import { DamageTag, EnvironmentTag } from "./service-tags";
import { StatusChip } from "./status-chip";

export interface ServiceTableProps {
  services: readonly ServiceDto[];
  query: string;
  onClear: () => void;
}

/** Services as a table, and as cards where a table does not fit. */
export function ServiceTable(props: ServiceTableProps) {
  const wide = useWide();
  return (
    <>
      {wide !== false && (
        <div className="max-md:hidden">
          <AsTable {...props} />
        </div>
      )}
      {wide !== true && (
        <div className="md:hidden">
          <AsCards {...props} />
        </div>
      )}
    </>
  );
}

function AsTable({ services, query, onClear }: ServiceTableProps) {
  return (
    <Table aria-label="Services">
      <thead>
        <tr>
          <HeaderCell>Name</HeaderCell>
          <HeaderCell>Status</HeaderCell>
          <HeaderCell className="max-lg:hidden">Version</HeaderCell>
          <HeaderCell numeric>Size</HeaderCell>
          <HeaderCell numeric>Forks</HeaderCell>
          <HeaderCell className="max-xl:hidden">Created</HeaderCell>
          <HeaderCell>
            <span className="sr-only">Actions</span>
          </HeaderCell>
        </tr>
      </thead>
      <tbody>
        {services.length === 0 && (
          <Row>
            <Cell colSpan={7} className="py-8 text-center">
              <NoMatch query={query} onClear={onClear} />
            </Cell>
          </Row>
        )}
        {services.map((service) => (
          <ServiceRow key={service.service_id} service={service}>
            <th scope="row" className="max-w-[360px] px-4 py-2.5 text-left font-normal">
              <NameLine service={service} />
              <FailureNote service={service} />
            </th>
            <Cell>
              <StatusChip service={service} />
            </Cell>
            <Cell className="text-fg-2 max-lg:hidden">{service.image.label}</Cell>
            <Cell numeric className="font-mono text-sm">
              <Size service={service} />
            </Cell>
            <Cell numeric>
              <ForkCount service={service} />
            </Cell>
            <Cell className="max-xl:hidden">
              <TwoLines first={<TimeChip at={service.created} />} second={service.created_by ?? "–"} />
            </Cell>
            <Cell>
              <div className="flex items-center justify-end gap-1">
                <ButtonLink size="sm" href={forkHref(service.name)} aria-label={`Fork service ${service.name}`}>
                  Fork service
                </ButtonLink>
                <ServiceMenu service={service} />
              </div>
            </Cell>
          </ServiceRow>
        ))}
      </tbody>
    </Table>
  );
}

function AsCards({ services, query, onClear }: ServiceTableProps) {
  if (services.length === 0) return <NoMatch query={query} onClear={onClear} />;
  return (
    <ul aria-label="Services" className="flex flex-col gap-3">
      {services.map((service) => (
        <li key={service.service_id} className="flex flex-col gap-3 rounded-lg border border-border bg-surface-1 p-4">
          <div className="flex items-start justify-between gap-3">
            <NameLine service={service} />
            <StatusChip service={service} />
          </div>
          <FailureNote service={service} />
          <dl className="flex flex-col gap-1.5">
            <CardFact term="Version">{service.image.label}</CardFact>
            <CardFact term="Size">
              <Size service={service} />
            </CardFact>
            <CardFact term="Forks">
              <ForkCount service={service} />
            </CardFact>
          </dl>
          <div className="flex gap-2">
            <ButtonLink size="sm" href={forkHref(service.name)} aria-label={`Fork service ${service.name}`}>
              Fork service
            </ButtonLink>
            <ServiceMenu service={service} />
          </div>
        </li>
      ))}
    </ul>
  );
}

/** A row of a list; it fades while its deletion is on the way. */
export function ServiceRow({ service, children }: { service: ServiceDto; children: React.ReactNode }) {
  const leaving = useIsLeaving(service);
  return (
    <Row aria-busy={leaving || undefined} className={cn("hover:bg-surface-2/50", leaving && "opacity-50")}>
      {children}
    </Row>
  );
}

export function CardFact({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-4">
      <dt className="text-fg-3">{term}</dt>
      <dd className="tabular min-w-0 text-right">{children}</dd>
    </div>
  );
}

function NameLine({ service }: { service: ServiceDto }) {
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-2">
      <Link
        href={serviceHref(service)}
        className="min-w-0 break-words rounded-sm font-medium underline decoration-border-strong underline-offset-4 hover:decoration-fg"
      >
        {service.name}
      </Link>
      <EnvironmentTag service={service} />
      <DamageTag service={service} />
    </span>
  );
}

function Size({ service }: { service: ServiceDto }) {
  return service.storage ? formatBytes(service.storage.logical_bytes) : "–";
}

function ForkCount({ service }: { service: ServiceDto }) {
  if (service.forks === 0) return "0";
  return (
    <Link
      href={`/forks?source=${encodeURIComponent(service.name)}`}
      aria-label={`${service.forks} ${service.forks === 1 ? "fork" : "forks"} of ${service.name}`}
      className="inline-flex min-h-6 min-w-6 items-center justify-end rounded-sm underline decoration-border-strong underline-offset-4 hover:decoration-fg"
    >
      {service.forks}
    </Link>
  );
}

function NoMatch({ query, onClear }: { query: string; onClear: () => void }) {
  return (
    <p className="flex flex-wrap items-center justify-center gap-3 text-fg-2">
      No service matches “{query}”.
      <Button size="sm" onClick={onClear}>
        Clear filter
      </Button>
    </p>
  );
}
