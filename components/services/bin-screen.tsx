"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, Trash2 } from "lucide-react";
import { useState } from "react";
import { Ago, Countdown, TimeChip } from "@/components/shell/time-chip";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { FieldError } from "@/components/ui/field";
import { Menu, MenuItem } from "@/components/ui/menu";
import { PageHeader } from "@/components/ui/page-header";
import { Cell, HeaderCell, Row, Table, TwoLines } from "@/components/ui/table";
import { useToast } from "@/components/ui/toast";
import { useWide } from "@/components/ui/use-wide";
import { attempt } from "@/lib/client/attempt";
import { sayPurge } from "@/lib/client/deletion";
import { storageQuery } from "@/lib/client/history";
import { sayLength } from "@/lib/client/lifetime";
import { binQuery } from "@/lib/client/services";
import { refreshServices } from "@/lib/client/services-cache";
import { isFork } from "@/lib/client/status";
import type { ServiceDto } from "@/lib/schemas/service";
import { formatBytes } from "@/lib/std/format";
import { ListSkeleton } from "./list-skeleton";
import { useServiceActions } from "./service-actions";
import { CardFact } from "./service-table";
import { EnvironmentTag } from "./service-tags";
import { LoadFailure } from "./services-screen";
import { TypedNameDialog } from "./typed-name-dialog";
import { useRestore } from "./use-restore";

/** What was deleted and can still come back, or go for good. */
export function BinScreen({ graceSeconds }: { graceSeconds: number }) {
  const { data, error, refetch } = useQuery(binQuery());
  const [purging, setPurging] = useState<ServiceDto>();
  const services = data?.services ?? [];
  const kept = services.reduce((sum, { storage }) => sum + (storage?.written_bytes ?? 0), 0);
  const wide = useWide();
  return (
    <>
      <PageHeader
        title="Recently deleted"
        summary={
          services.length > 0
            ? `${services.length} kept · ${formatBytes(kept)} of ${services.length === 1 ? "its" : "their"} own`
            : `Kept for ${sayLength(graceSeconds)}, then purged.`
        }
      />
      {!data && error && <LoadFailure error={error} retry={() => refetch()} what="Recently deleted" />}
      {!data && !error && <ListSkeleton rows={4} />}
      {data && services.length === 0 && (
        <EmptyState icon={<Trash2 size={32} aria-hidden />} title="Nothing to restore">
          Deleted and expired forks stay here for {sayLength(graceSeconds)}.
        </EmptyState>
      )}
      {services.length > 0 && wide !== false && (
        <div className="max-md:hidden">
          <AsTable services={services} onPurge={setPurging} />
        </div>
      )}
      {services.length > 0 && wide !== true && (
        <div className="md:hidden">
          <AsCards services={services} onPurge={setPurging} />
        </div>
      )}
      {purging && <PurgeDialog service={purging} onClose={() => setPurging(undefined)} />}
    </>
  );
}

interface ListProps {
  services: readonly ServiceDto[];
  onPurge: (service: ServiceDto) => void;
}

function AsTable({ services, onPurge }: ListProps) {
  return (
    <Table aria-label="Recently deleted">
      <thead>
        <tr>
          <HeaderCell>Name</HeaderCell>
          <HeaderCell>Deleted or expired</HeaderCell>
          <HeaderCell numeric>Written kept</HeaderCell>
          <HeaderCell>Purges</HeaderCell>
          <HeaderCell>
            <span className="sr-only">Actions</span>
          </HeaderCell>
        </tr>
      </thead>
      <tbody>
        {services.map((service) => (
          <Row key={service.service_id} className="hover:bg-surface-2/50">
            <th scope="row" className="max-w-[360px] px-4 py-2.5 text-left font-normal">
              <TwoLines first={<Name service={service} />} second={<Kind service={service} />} />
              <RestoreFailure service={service} />
            </th>
            <Cell>
              <TwoLines first={<Deleted service={service} />} second={<DeletedBy service={service} />} />
            </Cell>
            <Cell numeric className="font-mono text-sm">
              <Kept service={service} />
            </Cell>
            <Cell>
              <Purges service={service} />
            </Cell>
            <Cell>
              <Actions service={service} onPurge={onPurge} />
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

function AsCards({ services, onPurge }: ListProps) {
  return (
    <ul aria-label="Recently deleted" className="flex flex-col gap-3">
      {services.map((service) => (
        <li key={service.service_id} className="flex flex-col gap-3 rounded-lg border border-border bg-surface-1 p-4">
          <div>
            <Name service={service} />
            <p className="text-fg-3 text-sm">
              <Kind service={service} />
            </p>
            <RestoreFailure service={service} />
          </div>
          <dl className="flex flex-col gap-1.5">
            <CardFact term={service.deleted_at ? "Deleted" : "Expired"}>
              <Deleted service={service} />{" "}
              <span className="text-fg-3">
                <DeletedBy service={service} />
              </span>
            </CardFact>
            <CardFact term="Written kept">
              <Kept service={service} />
            </CardFact>
            <CardFact term="Purges">
              <Purges service={service} />
            </CardFact>
          </dl>
          <Actions service={service} onPurge={onPurge} />
        </li>
      ))}
    </ul>
  );
}

function Name({ service }: { service: ServiceDto }) {
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-2">
      <span className="min-w-0 break-words font-medium">{service.name}</span>
      <EnvironmentTag service={service} />
    </span>
  );
}

const Kind = ({ service }: { service: ServiceDto }) =>
  service.forked_from ? <>of {service.forked_from.name}</> : <>service, {service.image.label}</>;

/** A restore that failed puts a service back here, with the reason. */
function RestoreFailure({ service }: { service: ServiceDto }) {
  if (!service.status_reason) return null;
  return <FieldError className="mt-1">The last restore failed. {service.status_reason}</FieldError>;
}

const endedAt = ({ deleted_at, expired_at }: ServiceDto): string | null => deleted_at ?? expired_at;

function Deleted({ service }: { service: ServiceDto }) {
  const at = endedAt(service);
  return at ? <TimeChip at={at} seconds /> : "–";
}

function DeletedBy({ service }: { service: ServiceDto }) {
  const at = endedAt(service);
  if (!at) return null;
  return (
    <>
      {!service.deleted_at && "expired "}
      <Ago at={at} />
      {service.deleted_by && ` by ${service.deleted_by}`}
    </>
  );
}

const Kept = ({ service }: { service: ServiceDto }) =>
  service.storage ? formatBytes(service.storage.written_bytes) : "–";

const isPurging = ({ progress }: ServiceDto): boolean => progress?.operation === "purge";

function Purges({ service }: { service: ServiceDto }) {
  if (isPurging(service)) return <span className="text-info">Purging now</span>;
  if (!service.purge_at) return "–";
  return <TwoLines first={<TimeChip at={service.purge_at} />} second={<Countdown to={service.purge_at} />} />;
}

function Actions({ service, onPurge }: { service: ServiceDto; onPurge: (service: ServiceDto) => void }) {
  const restore = useRestore();
  const [pending, setPending] = useState(false);
  async function bringBack(ttl?: string) {
    setPending(true);
    await restore(service, ttl ? { ttl } : {});
    setPending(false);
  }
  if (isPurging(service)) return null;
  return (
    <div className="flex flex-wrap gap-2 md:justify-end">
      <div className="flex">
        <Button
          size="sm"
          pending={pending}
          aria-label={`Restore ${service.name}`}
          className={isFork(service) ? "rounded-r-none" : ""}
          onClick={() => bringBack()}
        >
          Restore
        </Button>
        {isFork(service) && (
          <Menu
            trigger={
              <Button size="sm" aria-label={`Restore ${service.name} for…`} className="-ml-px rounded-l-none px-1.5">
                <ChevronDown size={14} aria-hidden />
              </Button>
            }
          >
            <MenuItem onClick={() => bringBack("1h")}>Restore for 1 hour</MenuItem>
            <MenuItem onClick={() => bringBack("4h")}>Restore for 4 hours</MenuItem>
            <MenuItem onClick={() => bringBack("1d")}>Restore for 1 day</MenuItem>
          </Menu>
        )}
      </div>
      <Button
        size="sm"
        variant="dangerOutline"
        aria-label={`Purge ${service.name} now…`}
        onClick={() => onPurge(service)}
      >
        Purge now…
      </Button>
    </div>
  );
}

function PurgeDialog({ service, onClose }: { service: ServiceDto; onClose: () => void }) {
  const { purgeService } = useServiceActions();
  const storage = useQuery(storageQuery(service.service_id)).data?.storage;
  const [pending, setPending] = useState(false);
  const cache = useQueryClient();
  const toast = useToast();

  async function purge() {
    setPending(true);
    const result = await attempt(purgeService(service.service_id, service.name));
    toast(
      result.ok
        ? { message: `${service.name} is being purged. Its space comes back to the disk.` }
        : { message: `Could not purge ${service.name}: ${result.message}`, failure: true },
    );
    await refreshServices(cache);
    onClose();
  }

  return (
    <TypedNameDialog
      name={service.name}
      title={`Purge ${service.name} now?`}
      keep={isFork(service) ? "Keep fork" : "Keep service"}
      confirm={`Purge ${service.name}`}
      pending={pending}
      onClose={onClose}
      onConfirm={purge}
    >
      <p>
        This cannot be undone. {storage && sayPurge(storage, service.forks > 0)} Its endpoint is given back; forks made
        from it keep working.
      </p>
    </TypedNameDialog>
  );
}
