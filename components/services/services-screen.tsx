"use client";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { parseAsString, useQueryState } from "nuqs";
import { Button, ButtonLink } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { SearchField } from "@/components/ui/search-field";
import { sayDatabases } from "@/lib/client/failure";
import { SAMPLE_HREF } from "@/lib/client/routes";
import { servicesQuery } from "@/lib/client/services";
import { isFork, isListed } from "@/lib/client/status";
import { ListSkeleton } from "./list-skeleton";
import { ServiceTable } from "./service-table";
import { SharingPicture } from "./sharing-picture";

/** The services that forks are made from. */
export function ServicesScreen() {
  const { data, error, refetch } = useQuery(servicesQuery());
  const [q, setQ] = useQueryState("q", parseAsString.withDefault(""));
  const services = data?.services.filter((service) => isListed(service) && !isFork(service)) ?? [];
  const forks = data?.services.filter((service) => isListed(service) && isFork(service)).length ?? 0;
  const found = services.filter(({ name }) => name.toLowerCase().includes(q.trim().toLowerCase()));

  const any = services.length > 0;
  return (
    <>
      <PageHeader
        title="Services"
        summary={
          any ? `${say(services.length, "service")} · ${say(forks, "fork")} made from them` : "Where forks come from."
        }
        actions={
          any && (
            <>
              <ButtonLink href="/services/new">
                <Plus size={16} aria-hidden />
                Create service
              </ButtonLink>
              <ButtonLink variant="primary" href="/forks/new">
                Fork service
              </ButtonLink>
            </>
          )
        }
      />
      {!data && error && <LoadFailure error={error} retry={() => refetch()} what="your services" />}
      {!data && !error && <ListSkeleton rows={4} />}
      {data && !any && <FirstUse />}
      {any && (
        <>
          <SearchField
            label="Search services"
            placeholder="Search services…"
            value={q}
            onChange={(text) => setQ(text || null)}
          />
          <ServiceTable services={found} query={q} onClear={() => setQ(null)} />
        </>
      )}
    </>
  );
}

const say = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

function FirstUse() {
  return (
    <EmptyState
      icon={<SharingPicture />}
      title="Start with one Postgres"
      actions={
        <>
          <ButtonLink variant="primary" href="/services/new">
            Create service
          </ButtonLink>
          <ButtonLink href={SAMPLE_HREF}>Try the sample service</ButtonLink>
        </>
      }
    >
      A fork shares its source's storage, so a copy of any size takes about a second and almost no space until you write
      to it. The sample holds 20,000 US flights in TimescaleDB.
    </EmptyState>
  );
}

/** A list that could not be read at all; one that was read before stays, and the line under the bar says so. */
export function LoadFailure({ error, retry, what }: { error: Error; retry: () => void; what: string }) {
  return (
    <Notice
      tone="danger"
      role="alert"
      actions={
        <Button size="sm" onClick={retry}>
          Try again
        </Button>
      }
    >
      Could not load {what}. {error.message} {sayDatabases(error)}
    </Notice>
  );
}
