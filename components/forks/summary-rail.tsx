"use client";
import type { ReactNode } from "react";
import { EnvironmentTag } from "@/components/services/service-tags";
import { useNowMinute, useZone } from "@/components/shell/clock";
import { ExactTime } from "@/components/shell/exact-time";
import { Card } from "@/components/ui/card";
import { type Fact, Facts } from "@/components/ui/facts";
import { type ForkFormState, findSnapshot, findStrategy } from "@/lib/client/fork-form";
import { type LifetimeLimits, readLifetime } from "@/lib/client/lifetime";
import { sayCount, sayNumber } from "@/lib/client/moment";
import { formatElapsed, formatMoment, formatZone } from "@/lib/client/time";
import { formatBytes, formatDuration } from "@/lib/std/format";
import type { useForkForm } from "./use-fork-form";

export interface SummaryRailProps {
  form: ReturnType<typeof useForkForm>;
  policy: LifetimeLimits;
  button: ReactNode;
}

/** What the button will make, before it is pressed. Unknown is a dash. */
export function SummaryRail({ form, policy, button }: SummaryRailProps) {
  const { source, state } = form;
  const expiry = useExpiry(state, policy);
  return (
    <Card className="flex flex-col gap-4 p-4 sm:p-5">
      <div>
        <h2 className="break-words font-mono font-semibold text-base">{state.name.trim() || "–"}</h2>
        <p className="mt-1 flex flex-wrap items-center gap-2 text-fg-2">
          {source ? (
            <>
              fork of {source.name} <EnvironmentTag service={source} />
            </>
          ) : (
            "No source chosen yet"
          )}
        </p>
      </div>
      <Facts
        facts={[
          { term: "Strategy", value: findStrategy(state.strategy)?.title ?? "–" },
          ...listPointFacts(form),
          { term: "Expires", value: expiry ? sayExpiry(expiry) : "–" },
          ...listStorageFacts(form),
          { term: "Environment", value: "DEV" },
          { term: "Version", value: source?.image.label ?? "–" },
        ]}
      />
      <p className="border-border border-t pt-4 text-fg-3 text-sm">
        A new password, shown once, and an endpoint of its own. The data is the source's, personal data included.
      </p>
      {button}
    </Card>
  );
}

/** The moment, what stays out of it, and how long such forks take here. */
function listPointFacts({ state, history }: SummaryRailProps["form"]): Fact[] {
  const asOf = (value: ReactNode): Fact => ({ term: "Data as of", value });
  if (state.strategy === "NOW") return [asOf("the press of the button")];
  if (state.strategy === "LAST_SNAPSHOT") {
    const snapshot = findSnapshot(state.snapshot, history.known.snapshots);
    return [
      asOf(snapshot ? <ExactTime at={snapshot.time} /> : "–"),
      { term: "Snapshot", value: snapshot?.name ?? (history.known.snapshots ? "–" : "the newest") },
    ];
  }
  const { resolved, refusal } = history.resolution;
  if (!resolved || refusal) return [asOf("–")];
  return [
    asOf(<ExactTime at={resolved.time} />),
    { term: "Last commit in", value: sayNumber(resolved.commit) },
    { term: "Stays out", value: sayCount(resolved.moments_after, "later commit") },
    ...(resolved.ready_ms ? [{ term: "Ready in", value: `≈ ${formatElapsed(resolved.ready_ms.p50)}` }] : []),
  ];
}

/** How much is shared is known of the newest commit only: what a moment of the past held is not counted. */
function listStorageFacts({ source, state }: SummaryRailProps["form"]): Fact[] {
  const shared = source?.storage ? formatBytes(source.storage.logical_bytes) : "–";
  return [
    { term: "Shared at start", value: state.strategy === "NOW" ? shared : "everything, as of that moment" },
    { term: "Its own at start", value: "≈ 0.2 MiB, written by Postgres" },
  ];
}

type Ending = Pick<ForkFormState, "ttl" | "reason">;
type Expiry = "never" | { at: string; left: string };

function useExpiry({ ttl, reason }: Ending, limits: LifetimeLimits): Expiry | undefined {
  const nowMs = useNowMinute();
  const { zone } = useZone();
  const reading = readLifetime(ttl, { nowMs, zone, limits, reason });
  if (!reading.ok) return undefined;
  if (!reading.end) return "never";
  return {
    at: `${formatMoment(reading.end.atMs, { zone, nowMs })} ${formatZone(zone)}`,
    left: formatDuration(reading.end.seconds),
  };
}

const sayExpiry = (expiry: Expiry): string => (expiry === "never" ? "never" : `${expiry.at} (in ${expiry.left})`);

/** The end of the fork beside the button of small screens. */
export function ExpiryLine({ state, limits }: { state: Ending; limits: LifetimeLimits }) {
  const expiry = useExpiry(state, limits);
  return (
    <p className="tabular min-w-0 flex-1 text-fg-2 text-sm">
      {expiry === undefined && "No end yet"}
      {expiry === "never" && "Never expires"}
      {typeof expiry === "object" && (
        <>
          Expires {expiry.at}
          <br />
          in {expiry.left}
        </>
      )}
    </p>
  );
}
