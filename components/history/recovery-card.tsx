"use client";
import Link from "next/link";
import { useNow, useZone } from "@/components/shell/clock";
import { ExactTime } from "@/components/shell/exact-time";
import { Countdown, TimeChip } from "@/components/shell/time-chip";
import { Button } from "@/components/ui/button";
import { SectionCard } from "@/components/ui/card";
import { Facts } from "@/components/ui/facts";
import { Skeleton } from "@/components/ui/skeleton";
import { windowQuery } from "@/lib/client/history";
import { sayLength } from "@/lib/client/lifetime";
import { sayNumber } from "@/lib/client/moment";
import { forkHref } from "@/lib/client/routes";
import { formatMoment, formatZone } from "@/lib/client/time";
import type { HoldDto, WindowDto } from "@/lib/schemas/history";
import type { ServiceDto } from "@/lib/schemas/service";
import { formatBytes } from "@/lib/std/format";
import { SnapshotList } from "./snapshot-list";
import { SnapshotProgress, TakeSnapshotButton } from "./take-snapshot";
import { useLastingQuery } from "./use-lasting-query";
import { useSnapshotting } from "./use-snapshotting";
import { Gaps } from "./window-ends";

/** How far back a service can be forked, its snapshots, and what is held of it right now. */
export function RecoveryCard({ service }: { service: ServiceDto }) {
  const { data, error, refetch } = useLastingQuery(windowQuery(service.service_id));
  const snapshotting = useSnapshotting(service.service_id);
  return (
    <SectionCard headingId="recovery" title="Recovery" aside={<TakeSnapshotButton snapshotting={snapshotting} />}>
      <div className="flex flex-col gap-4">
        <SnapshotProgress snapshotting={snapshotting} />
        {data ? (
          <Recovery service={service} window={data.window} />
        ) : error ? (
          <div className="flex flex-wrap items-center gap-3 text-fg-2">
            <p className="min-w-0">The window is not known right now. {error.message}</p>
            <Button size="sm" onClick={() => refetch()}>
              Try again
            </Button>
          </div>
        ) : (
          <Skeleton className="h-56" />
        )}
      </div>
    </SectionCard>
  );
}

function Recovery({ service, window }: { service: ServiceDto; window: WindowDto }) {
  const { earliest, exact_since, snapshots, holds, gaps } = window;
  return (
    <>
      <p className="text-fg-2">
        You can fork this {service.forked_from ? "fork" : "service"} at any moment between{" "}
        <strong className="font-semibold text-fg">
          <ExactTime at={earliest} />
        </strong>{" "}
        and{" "}
        <strong className="font-semibold text-fg">
          <LiveMoment />
        </strong>
        .{" "}
        <Link
          href={`${forkHref(service.name)}&strategy=PITR`}
          className="rounded-sm text-accent underline decoration-accent/40 underline-offset-4 hover:decoration-accent"
        >
          Choose a moment
        </Link>
      </p>
      <Facts
        facts={[
          { term: "Earliest", value: <TimeChip at={earliest} exact full /> },
          {
            term: "Every commit kept since",
            value: exact_since === earliest ? "the earliest moment" : <TimeChip at={exact_since} exact full />,
          },
          {
            term: "Newest commit",
            value: (
              <>
                <TimeChip at={window.newest_commit_time} exact full />
                <br />
                <span className="text-fg-3">commit {sayNumber(window.newest_commit)}</span>
              </>
            ),
          },
          {
            term: "Retention",
            value: `${sayLength(window.retention_seconds)}, at most ${formatBytes(window.retention_bytes)} of history`,
          },
        ]}
      />
      <Thinning window={window} />
      <Gaps gaps={gaps} />
      <SnapshotList service={service} snapshots={snapshots} />
      {holds.length > 0 && <Holds holds={holds} />}
    </>
  );
}

function LiveMoment() {
  const nowMs = useNow();
  const { zone } = useZone();
  return (
    <span className="tabular">
      {formatMoment(nowMs, { zone, nowMs, seconds: true })} {formatZone(zone)}
    </span>
  );
}

/** Said only where it happens: until the limit in bytes is reached, every commit is kept. */
function Thinning({ window: { earliest, exact_since, thinning, retention_bytes } }: { window: WindowDto }) {
  if (exact_since === earliest) return null;
  const steps = thinning.map(({ one_per_seconds }) => `one per ${sayLength(one_per_seconds).replace(/^1 /, "")}`);
  return (
    <p className="text-fg-3 text-sm">
      The window has reached {formatBytes(retention_bytes)}, so older history is thinned: {steps.join(", then ")}. The
      commit before an event is always kept.
    </p>
  );
}

function Holds({ holds }: { holds: readonly HoldDto[] }) {
  return (
    <div className="flex flex-col gap-1.5">
      <h3 className="font-medium">Held right now</h3>
      <ul className="flex flex-col gap-1 text-fg-2">
        {holds.map(({ id, commit, time, until }) => (
          <li key={id} className="flex flex-wrap gap-x-3">
            <span>
              Commit {sayNumber(commit)} of <ExactTime at={time} />
            </span>
            <span className="text-fg-3">
              until <TimeChip at={until} seconds /> (<Countdown to={until} />)
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** For a service that is not ready: its history begins when it is. */
export function RecoveryLater() {
  return (
    <SectionCard headingId="recovery" title="Recovery">
      <p className="text-fg-2">No recoverable history yet. It begins when the service is ready.</p>
    </SectionCard>
  );
}
