"use client";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Ago, TimeChip } from "@/components/shell/time-chip";
import { Button, ButtonLink } from "@/components/ui/button";
import { Cell, HeaderCell, Row, Table, TwoLines } from "@/components/ui/table";
import { Tag } from "@/components/ui/tag";
import { sayNumber } from "@/lib/client/moment";
import { snapshotForkHref } from "@/lib/client/routes";
import { servicesQuery } from "@/lib/client/services";
import { listForksOf, SNAPSHOT_WORDS, type SnapshotEntry } from "@/lib/client/snapshots";
import { isListed } from "@/lib/client/status";
import type { SnapshotDto } from "@/lib/schemas/history";
import type { ServiceDto } from "@/lib/schemas/service";
import { DeleteSnapshot } from "./delete-snapshot";

/** The snapshots of one service, newest first. */
export function SnapshotList({ service, snapshots }: { service: ServiceDto; snapshots: readonly SnapshotDto[] }) {
  const [all, setAll] = useState(false);
  if (snapshots.length === 0) return <NoSnapshot />;
  const shown = all ? snapshots : snapshots.slice(0, SHOWN);
  return (
    <div className="flex flex-col gap-2">
      <Snapshots label={`Snapshots of ${service.name}`} entries={shown.map((snapshot) => ({ service, snapshot }))} />
      {shown.length < snapshots.length && (
        <Button size="sm" className="self-start" onClick={() => setAll(true)}>
          Show all {snapshots.length} snapshots
        </Button>
      )}
    </div>
  );
}

// A day of them by the hour would push everything else off the page.
const SHOWN = 6;

function NoSnapshot() {
  return (
    <p className="text-fg-2">
      No snapshot yet. One is taken whenever you ask, and by itself as the history settings say.
    </p>
  );
}

export interface SnapshotsProps {
  label: string;
  entries: readonly SnapshotEntry[];
  /** Says whose each one is, where they are of several services. */
  source?: (service: ServiceDto) => ReactNode;
}

/** Snapshots as a table, and as a list of cards where a table does not fit: on a service's page that is a column's width. */
export function Snapshots(props: SnapshotsProps) {
  return (
    <div className="@container">
      <div className="@2xl:block hidden">
        <AsTable {...props} />
      </div>
      <div className="@2xl:hidden">
        <AsCards {...props} />
      </div>
    </div>
  );
}

function AsTable({ label, entries, source }: SnapshotsProps) {
  return (
    <Table aria-label={label}>
      <thead>
        <tr>
          <HeaderCell>Name</HeaderCell>
          <HeaderCell>Data as of</HeaderCell>
          <HeaderCell>Forks</HeaderCell>
          <HeaderCell>
            <span className="sr-only">Actions</span>
          </HeaderCell>
        </tr>
      </thead>
      <tbody>
        {entries.map(({ service, snapshot }) => (
          <Row key={snapshot.id}>
            <th scope="row" className="px-4 py-2.5 text-left font-normal">
              <TwoLines
                first={<span className="break-words font-medium">{snapshot.name}</span>}
                second={
                  <>
                    {source && <>of {source(service)} · </>}
                    {SNAPSHOT_WORDS[snapshot.kind].toLowerCase()}
                  </>
                }
              />
            </th>
            <Cell>
              <TwoLines
                first={<TimeChip at={snapshot.time} exact />}
                second={
                  <>
                    <Ago at={snapshot.time} /> · commit {sayNumber(snapshot.commit)}
                  </>
                }
              />
            </Cell>
            <Cell>
              <ForksOf snapshot={snapshot} />
            </Cell>
            <Cell>
              <Actions service={service} snapshot={snapshot} />
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

function AsCards({ label, entries, source }: SnapshotsProps) {
  return (
    <ul aria-label={label} className="flex flex-col gap-2">
      {entries.map(({ service, snapshot }) => (
        <li key={snapshot.id} className="flex flex-col gap-2 rounded-md border border-border bg-surface-1 p-4">
          <div className="flex items-start justify-between gap-3">
            <span className="min-w-0 break-words font-medium">{snapshot.name}</span>
            <Tag>{SNAPSHOT_WORDS[snapshot.kind]}</Tag>
          </div>
          <p className="text-fg-3 text-sm">
            {source && <>of {source(service)} </>}as of <TimeChip at={snapshot.time} exact className="text-fg" />,{" "}
            <Ago at={snapshot.time} />
          </p>
          {snapshot.forks > 0 && (
            <p className="text-sm">
              <span className="text-fg-3">Forks: </span>
              <ForksOf snapshot={snapshot} />
            </p>
          )}
          <Actions service={service} snapshot={snapshot} />
        </li>
      ))}
    </ul>
  );
}

/** Named where the list of services has them, counted where not. */
function ForksOf({ snapshot }: { snapshot: SnapshotDto }) {
  const services = useQuery(servicesQuery()).data?.services ?? [];
  const forks = listForksOf(snapshot, services.filter(isListed));
  if (snapshot.forks === 0 && forks.length === 0) return <span className="text-fg-3">none</span>;
  if (forks.length === 0) return snapshot.forks;
  return forks.map(({ name }) => name).join(", ");
}

function Actions({ service, snapshot }: SnapshotEntry) {
  return (
    <div className="flex flex-wrap @2xl:justify-end gap-2">
      <ButtonLink
        size="sm"
        href={snapshotForkHref(service.name, snapshot.id)}
        aria-label={`Fork from here: ${snapshot.name} of ${service.name}`}
      >
        Fork from here
      </ButtonLink>
      <DeleteSnapshot service={service} snapshot={snapshot} />
    </div>
  );
}
