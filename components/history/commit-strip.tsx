"use client";
import { useZone } from "@/components/shell/clock";
import { Skeleton } from "@/components/ui/skeleton";
import { timelineQuery } from "@/lib/client/history";
import { sayCount } from "@/lib/client/moment";
import { formatFull } from "@/lib/client/time";
import type { TimelineDto } from "@/lib/schemas/history";
import { useLastingQuery } from "./use-lasting-query";

const HEIGHT = 32;

/** Commits over the whole window as bars, and where the chosen moment lies. To look at: choosing is done beside it. */
export function CommitStrip({ serviceId, at }: { serviceId: string; at: string | undefined }) {
  const { data, error } = useLastingQuery(timelineQuery(serviceId));
  if (!data && error) return null;
  if (!data) return <Skeleton className="h-8" />;
  return <Bars timeline={data.timeline} at={at} />;
}

function Bars({ timeline, at }: { timeline: TimelineDto; at: string | undefined }) {
  const { zone } = useZone();
  const { buckets, from, to } = timeline;
  const most = Math.max(1, ...buckets.map(({ commits }) => commits));
  const sum = buckets.reduce((total, { commits }) => total + commits, 0);
  const busiest = buckets.find(({ commits }) => commits === most);
  const label = [
    `${sayCount(sum, "commit")} between ${formatFull(Date.parse(from), zone)} and ${formatFull(Date.parse(to), zone)}`,
    ...(busiest && sum > 0 ? [`most of them around ${formatFull(Date.parse(busiest.from), zone)}`] : []),
  ].join(", ");
  const share = at && (Date.parse(at) - Date.parse(from)) / (Date.parse(to) - Date.parse(from));
  return (
    <svg
      role="img"
      aria-label={`${label}.`}
      viewBox={`0 0 ${Math.max(1, buckets.length)} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-8 w-full overflow-visible rounded-sm border-border border-b bg-surface-2"
    >
      {buckets.map(({ from: start, commits }, index) => (
        <rect
          key={start}
          x={index + 0.1}
          y={HEIGHT - barHeight(commits, most)}
          width={0.8}
          height={barHeight(commits, most)}
          className="fill-accent/60 forced-colors:fill-[CanvasText]"
        />
      ))}
      {typeof share === "number" && share >= 0 && share <= 1 && (
        <line
          x1={share * buckets.length}
          x2={share * buckets.length}
          y1={-2}
          y2={HEIGHT + 2}
          className="stroke-2 stroke-fg"
          vectorEffect="non-scaling-stroke"
        />
      )}
    </svg>
  );
}

/** By the square root: a single commit beside thousands is still seen. */
const barHeight = (commits: number, most: number): number =>
  commits === 0 ? 0 : Math.max(2, Math.sqrt(commits / most) * HEIGHT);
