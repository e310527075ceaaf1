"use client";
import { useQuery } from "@tanstack/react-query";
import { Camera } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { ListSkeleton } from "@/components/services/list-skeleton";
import { LoadFailure } from "@/components/services/services-screen";
import { ButtonLink } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { EmptyState } from "@/components/ui/empty-state";
import { Field, inputStyle } from "@/components/ui/field";
import { PageHeader } from "@/components/ui/page-header";
import { snapshotsQuery } from "@/lib/client/history";
import { sayCount } from "@/lib/client/moment";
import { serviceHref } from "@/lib/client/routes";
import { servicesQuery } from "@/lib/client/services";
import { listSnapshotEntries } from "@/lib/client/snapshots";
import { findForkObstacle, isListed } from "@/lib/client/status";
import type { ServiceDto } from "@/lib/schemas/service";
import { Snapshots } from "./snapshot-list";
import { SnapshotProgress, TakeSnapshotButton } from "./take-snapshot";
import { useSnapshotting } from "./use-snapshotting";

/** The snapshots of all services and forks, newest first, and a new one of any of them. */
export function SnapshotsScreen() {
  const { data, error, refetch } = useQuery(snapshotsQuery());
  const services = (useQuery(servicesQuery()).data?.services ?? []).filter(isListed);
  const entries = listSnapshotEntries(data?.services ?? [], services);
  const unread = data?.services.filter(({ snapshots }) => snapshots === null).length ?? 0;
  const sources = services.filter((service) => !findForkObstacle(service));
  return (
    <>
      <PageHeader
        title="Snapshots"
        summary={data && `${sayCount(entries.length, "snapshot")}. A fork of one needs no replay.`}
      />
      {sources.length > 0 && <TakeOne sources={sources} />}
      {!data && error && <LoadFailure error={error} retry={() => refetch()} what="the snapshots" />}
      {!data && !error && <ListSkeleton rows={8} />}
      {unread > 0 && (
        <p className="mb-3 text-fg-2">
          The snapshots of {sayCount(unread, "service")} cannot be listed right now; they are not lost.
        </p>
      )}
      {data && entries.length > 0 && (
        <Snapshots
          label="Snapshots"
          entries={entries}
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
          A service gets one every hour while it is there, and whenever you ask. A fork gets one only when you ask.
        </EmptyState>
      )}
    </>
  );
}

/** Which service, and the button. */
function TakeOne({ sources }: { sources: readonly ServiceDto[] }) {
  const [chosen, setChosen] = useState("");
  const source = sources.find(({ service_id }) => service_id === chosen) ?? sources[0];
  const snapshotting = useSnapshotting(source?.service_id ?? "");
  return (
    <div className="mb-6 flex flex-col gap-3">
      <div className="flex flex-wrap items-end gap-2">
        <Field label="Service" className="min-w-0 max-sm:w-full">
          {(ids) => (
            <select
              {...ids}
              // A select is read-only to CSS, though not to a person.
              className={cn(inputStyle, "read-only:bg-surface-1 read-only:text-fg")}
              value={source?.service_id}
              // The steps below are those of one service.
              disabled={snapshotting.pending}
              onChange={(event) => setChosen(event.target.value)}
            >
              {sources.map(({ service_id, name }) => (
                <option key={service_id} value={service_id}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <TakeSnapshotButton snapshotting={snapshotting} size="md" />
      </div>
      <SnapshotProgress snapshotting={snapshotting} />
    </div>
  );
}
