"use client";
import type { ReactNode } from "react";
import { useNow, useZone } from "@/components/shell/clock";
import { ExactTime } from "@/components/shell/exact-time";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { formatFull, formatMoment, formatZone } from "@/lib/client/time";
import type { GapDto, WindowDto } from "@/lib/schemas/history";

export interface WindowEndsProps {
  window: WindowDto;
  /** Puts an end into the field. */
  onChoose: (time: string) => void;
}

/** The two ends of the window, live; each can be taken as the moment. */
export function WindowEnds({ window, onChoose }: WindowEndsProps) {
  const { earliest, exact_since, latest, gaps } = window;
  return (
    <div className="flex flex-col gap-1.5 text-sm">
      <dl className="flex flex-wrap justify-between gap-x-6 gap-y-1.5">
        <End term="Earliest" words="Use the earliest moment" onChoose={() => onChoose(earliest)}>
          <ExactTime at={earliest} />
        </End>
        <End term="Latest" words="Use the latest moment" onChoose={() => onChoose(latest)}>
          <LiveEnd />
        </End>
        {exact_since !== earliest && (
          <End
            className="w-full"
            term="Every commit since"
            words="Use the moment since which every commit is kept"
            onChoose={() => onChoose(exact_since)}
          >
            <ExactTime at={exact_since} />
          </End>
        )}
      </dl>
      <Gaps gaps={gaps} />
    </div>
  );
}

interface EndProps {
  className?: string;
  term: string;
  words: string;
  onChoose: () => void;
  children: ReactNode;
}

function End({ className, term, words, onChoose, children }: EndProps) {
  return (
    <div className={cn("flex flex-wrap items-center gap-x-2", className)}>
      <dt className="text-fg-3">{term}</dt>
      <dd className="inline-flex items-center gap-2">
        <span className="tabular">{children}</span>
        <Button size="sm" aria-label={words} onClick={onChoose}>
          Use
        </Button>
      </dd>
    </div>
  );
}

/** Now, every second: in a quiet time it names the newest commit. */
function LiveEnd() {
  const nowMs = useNow();
  const { zone } = useZone();
  return (
    <>
      {formatMoment(nowMs, { zone, nowMs, seconds: true })} {formatZone(zone)} · live
    </>
  );
}

/** Spans in which no time can be asked for. */
export function Gaps({ gaps }: { gaps: readonly GapDto[] }) {
  const { zone } = useZone();
  if (gaps.length === 0) return null;
  return (
    <ul aria-label="Gaps" className="flex flex-col gap-0.5 text-fg-2 text-sm">
      {gaps.map(({ from, to, cause, commit_before, commit_after }) => (
        <li key={`${from}${to}`}>
          Nothing between {formatFull(Date.parse(from), zone)} and {formatFull(Date.parse(to), zone)} (
          {CAUSES[cause] ?? cause}): commits {commit_before.toLocaleString("en")} and{" "}
          {commit_after.toLocaleString("en")} stand at its ends.
        </li>
      ))}
    </ul>
  );
}

const CAUSES: Record<string, string> = { clock: "the clock was set back" };
