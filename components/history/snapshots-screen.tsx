"use client";
import { useQuery } from "@tanstack/react-query";
import { Camera } from "lucide-react";
import Link from "next/link";
import { parseAsString, useQueryState } from "nuqs";
import { ListSkeleton } from "@/components/services/list-skeleton";
import { LoadFailure } from "@/components/services/services-screen";
import { Button, ButtonLink } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { PageHeader } from "@/components/ui/page-header";
import { SearchField } from "@/components/ui/search-field";
import { snapshotsQuery } from "@/lib/client/history";
import { sayCount } from "@/lib/client/moment";
import { serviceHref } from "@/lib/client/routes";
import { servicesQuery } from "@/lib/client/services";
import { listSnapshotEntries, searchSnapshots } from "@/lib/client/snapshots";
import { findForkObstacle, isListed } from "@/lib/client/status";
import { Snapshots } from "./snapshot-list";
import { TakeOne } from "./take-one";

/** The snapshots of all services and forks, newest first, and a new one of any of them. */
export function SnapshotsScreen() {
  const { data, error, refetch } = useQuery(snapshotsQuery());
  const services = (useQuery(servicesQuery()).data?.services ?? []).filter(isListed);
  const entries = listSnapshotEntries(data?.services ?? [], services);
  const unread = data?.services.filter(({ snapshots }) => snapshots === null).length ?? 0;
  const sources = services.filter((service) => !findForkObstacle(service));
  const [q, setQ] = useQueryState("q", parseAsString.withDefault(""));
  const found = searchSnapshots(entries, q);
  return (
    <>
      <PageHeader
        title="Snapshots"
        summary={
          data &&
          `${found.length < entries.length ? `${found.length} of ` : ""}${sayCount(entries.length, "snapshot")}. A fork of one needs no replay.`
        }
      />
      {sources.length > 0 && <TakeOne sources={sources} />}
      {entries.length > 0 && (
        <SearchField
          label="Search snapshots"
          placeholder="Search snapshots…"
          value={q}
          onChange={(text) => setQ(text || null)}
        />
      )}
      {!data && error && <LoadFailure error={error} retry={() => refetch()} what="the snapshots" />}
      {!data && !error && <ListSkeleton rows={8} />}
      {unread > 0 && (
        <p className="mb-3 text-fg-2">
          The snapshots of {sayCount(unread, "service")} cannot be listed right now; they are not lost.
        </p>
      )}
      {entries.length > 0 && found.length === 0 && (
        <p className="flex flex-wrap items-center gap-3 py-6 text-fg-2">
          No snapshot matches “{q}”.
          <Button size="sm" onClick={() => setQ(null)}>
            Clear search
          </Button>
        </p>
      )}
      {found.length > 0 && (
        <Snapshots
          label="Snapshots"
          entries={found}
          source={(service) => (
            <Link href={`${serviceHref(service)}#recovery`} className="rounded-sm underline underline-offset-4">
              {service.name}
            </Link>
          )}
        />
      )}
      {data && entries.length === 0 && unread === 0 && (
        <EmptyState
          icon={<Camera size={32} aria-hidden />}
          title="No snapshots yet"
          actions={<ButtonLink href="/services">Services</ButtonLink>}
        >
          One is taken whenever you ask, and by itself as the history settings of the service say.
        </EmptyState>
      )}
    </>
  );
}
