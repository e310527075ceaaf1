"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Fragment, type ReactNode } from "react";
import { ListSkeleton } from "@/components/services/list-skeleton";
import { LoadFailure } from "@/components/services/services-screen";
import { ListRow, RowList } from "@/components/settings/list-row";
import { useNowMinute } from "@/components/shell/clock";
import { Ago, Countdown, TimeChip } from "@/components/shell/time-chip";
import { ButtonLink } from "@/components/ui/button";
import { SectionCard } from "@/components/ui/card";
import { Facts } from "@/components/ui/facts";
import { PageHeader } from "@/components/ui/page-header";
import { connectionsQuery } from "@/lib/client/lifetimes";
import { listPolicyFacts } from "@/lib/client/policy";
import { serviceHref } from "@/lib/client/routes";
import { servicesQuery } from "@/lib/client/services";
import { computeTtlBoard } from "@/lib/client/ttl-board";
import type { PolicyDto } from "@/lib/schemas/policy";
import type { ServiceDto } from "@/lib/schemas/service";
import { formatBytes } from "@/lib/std/format";
import { EndButton } from "./end-button";
import { ExtendButton } from "./extend-button";
import { RestoreButton } from "./restore-button";

/** What ends when, and what does not: with what can be done about it. */
export function TtlScreen({ policy }: { policy: PolicyDto }) {
  const { data, error, refetch } = useQuery(servicesQuery());
  const connections = useQuery(connectionsQuery()).data?.connections ?? null;
  const nowMs = useNowMinute();
  if (!data)
    return error ? <LoadFailure error={error} retry={() => refetch()} what="forks" /> : <ListSkeleton rows={4} />;
  const { expiring, never, idle, grace } = computeTtlBoard(data.services, connections, nowMs);
  const connected = ({ service_id }: ServiceDto) =>
    connections ? sayClients(connections[service_id] ?? 0) : undefined;
  return (
    <>
      <PageHeader title="TTL" summary="What ends when, and what does not." />
      <div className="flex flex-col gap-6">
        <Group title="Expiring in 24 hours" empty="Nothing expires in the next 24 hours." forks={expiring}>
          {(fork) => (
            <Line
              fork={fork}
              about={
                <>
                  ends <TimeChip at={fork.expires_at ?? ""} /> <Countdown to={fork.expires_at ?? ""} />
                  {fork.postponed && " · put off once, because somebody is connected"}
                </>
              }
              connected={connected(fork)}
            >
              <ExtendButton service={fork} size="sm" />
              <EndButton service={fork} />
            </Line>
          )}
        </Group>
        <Group title="Never expires" empty="Every fork has a TTL." forks={never}>
          {(fork) => (
            <Line
              fork={fork}
              about={
                <>
                  {fork.never_reason ?? "No reason is known"} · made <Ago at={fork.created} />
                  {fork.created_by && ` by ${fork.created_by}`}
                </>
              }
              connected={connected(fork)}
            >
              <ExtendButton service={fork} size="sm" />
              <EndButton service={fork} />
            </Line>
          )}
        </Group>
        <Group
          title="Idle"
          note="Older than a day, and nobody is connected now. When somebody last was is not recorded."
          empty={
            idle ? "No fork that is older than a day is without a client." : "Unknown while the engine does not answer."
          }
          forks={idle ?? []}
        >
          {(fork) => (
            <Line
              fork={fork}
              about={
                <>
                  made <Ago at={fork.created} />
                  {fork.storage && ` · ${formatBytes(fork.storage.written_bytes)} written`}
                  {fork.expires_at && (
                    <>
                      {" "}
                      · ends <Countdown to={fork.expires_at} />
                    </>
                  )}
                </>
              }
            >
              <EndButton service={fork} />
            </Line>
          )}
        </Group>
        <Group title="In grace" empty="No fork has expired." forks={grace}>
          {(fork) => (
            <Line
              fork={fork}
              about={
                <>
                  expired <Ago at={fork.expired_at ?? ""} />
                  {fork.purge_at && (
                    <>
                      {" "}
                      · restorable until <TimeChip at={fork.purge_at} />
                    </>
                  )}
                </>
              }
            >
              <RestoreButton service={fork} />
            </Line>
          )}
        </Group>
        <SectionCard
          headingId="policy"
          title="Policy"
          aside={
            <ButtonLink size="sm" href="/settings/policy">
              Settings
            </ButtonLink>
          }
        >
          <Facts facts={listPolicyFacts(policy)} />
        </SectionCard>
      </div>
    </>
  );
}

const sayClients = (count: number): string =>
  count === 0 ? "nobody is connected" : `${count} ${count === 1 ? "client" : "clients"} connected`;

interface GroupProps {
  title: string;
  note?: string;
  empty: string;
  forks: readonly ServiceDto[];
  children: (fork: ServiceDto) => ReactNode;
}

function Group({ title, note, empty, forks, children }: GroupProps) {
  return (
    <section aria-label={title} className="flex flex-col gap-2">
      <h2 className="font-semibold text-lg">
        {title} {forks.length > 0 && <span className="tabular font-normal text-fg-3">{forks.length}</span>}
      </h2>
      {note && <p className="text-fg-3 text-sm">{note}</p>}
      {forks.length === 0 ? (
        <p className="text-fg-2">{empty}</p>
      ) : (
        <RowList label={title}>
          {forks.map((fork) => (
            <Fragment key={fork.service_id}>{children(fork)}</Fragment>
          ))}
        </RowList>
      )}
    </section>
  );
}

interface LineProps {
  fork: ServiceDto;
  about: ReactNode;
  connected?: string | undefined;
  children: ReactNode;
}

function Line({ fork, about, connected, children }: LineProps) {
  return (
    <ListRow
      first={
        <>
          <Link
            href={serviceHref(fork)}
            className="rounded-sm font-medium underline decoration-border-strong underline-offset-4 hover:decoration-fg"
          >
            {fork.name}
          </Link>{" "}
          <span className="text-fg-3">of {fork.forked_from?.name}</span>
        </>
      }
      second={
        <>
          {about}
          {connected && ` · ${connected}`}
        </>
      }
    >
      {children}
    </ListRow>
  );
}
