"use client";
import { useQuery } from "@tanstack/react-query";
import { Hourglass } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Ago, PlainTime } from "@/components/shell/time-chip";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { isEngineSilent } from "@/lib/client/failure";
import type { ForkFormState } from "@/lib/client/fork-form";
import { timelineQuery } from "@/lib/client/history";
import { sayCount, sayEarlier, sayEvent, sayLeftOut, sayNumber } from "@/lib/client/moment";
import { readTargetTime } from "@/lib/client/target-time";
import { formatExact, formatExactFull, formatFull, UTC } from "@/lib/client/time";
import type { ResolveDto } from "@/lib/schemas/history";
import type { HoldState } from "./use-hold";
import type { Resolution } from "./use-resolution";

export interface MomentReadoutProps {
  serviceId: string | undefined;
  state: ForkFormState;
  resolution: Resolution;
}

/** How the moment was read, and which commit it means. Its place stays the same size while that is looked up. */
export function MomentReadout({ serviceId, state, resolution }: MomentReadoutProps) {
  const { resolved, looking, refusal, unanswered, held } = resolution;
  const { at, event, commit } = state;
  const time = event || commit ? resolved?.time : readTime(at);
  return (
    <div className="flex min-h-[68px] flex-col gap-1">
      {!at && !event && !commit && (
        <p className="text-fg-3">
          No moment chosen yet. Type or paste one, take an end of the window, or choose what to stop just before.
        </p>
      )}
      {serviceId && event && !commit && <JustBefore serviceId={serviceId} event={event} />}
      {time && <Reading time={time} />}
      {resolved && time && !refusal && <Commit resolved={resolved} time={time} />}
      {looking && <p className="text-fg-3">Looking for the commit…</p>}
      {unanswered && <Unanswered {...unanswered} known={resolved !== undefined} />}
      {resolved && !refusal && <Held {...held} />}
    </div>
  );
}

interface UnansweredProps extends NonNullable<Resolution["unanswered"]> {
  /** It was answered before. */
  known: boolean;
}

/** Nothing is lost by a silence: what was chosen stays and is asked about again. */
function Unanswered({ error, retrying, retry, known }: UnansweredProps) {
  const who = isEngineSilent(error) ? "The engine is not answering" : "The commit could not be looked up";
  return (
    <Notice
      tone="warn"
      role="status"
      actions={
        <Button size="sm" pending={retrying} onClick={retry}>
          Try now
        </Button>
      }
    >
      {who}
      {known ? ", so this may be out of date." : ": which commit this is stays unknown until it is."} What you chose is
      kept; trying again every few seconds.
    </Notice>
  );
}

/** What the event was, as soon as the list of them is there. */
function JustBefore({ serviceId, event }: { serviceId: string; event: string }) {
  const found = useQuery(timelineQuery(serviceId)).data?.timeline.events.find(({ id }) => id === event);
  if (!found) return null;
  return (
    <p>
      Just before <strong className="font-semibold">{sayEvent(found)}</strong>{" "}
      <span className="tabular text-fg-2">({formatExactFull(found.time, UTC)})</span>
    </p>
  );
}

function readTime(text: string): string | undefined {
  const reading = readTargetTime(text);
  return reading.ok ? reading.time : undefined;
}

function Reading({ time }: { time: string }) {
  const local = useLocalZone();
  return (
    <p>
      <strong className="tabular font-semibold">{formatExactFull(time, UTC)}</strong>
      <span className="tabular text-fg-2">
        {" · "}
        <Ago at={time} />
        {local !== UTC && ` · ${formatFull(Date.parse(time), local)}`}
      </span>
    </p>
  );
}

function Commit({ resolved, time }: { resolved: ResolveDto; time: string }) {
  const { commit, next_time } = resolved;
  // The date only where it is another day than the one above.
  const say = (at: string) => `${formatExact(at, { zone: UTC, nowMs: Date.parse(time) })} UTC`;
  const earlier = sayEarlier(resolved.time, time);
  return (
    <p className="text-fg-2">
      Last one in: <strong className="tabular font-semibold text-fg">commit {sayNumber(commit)}</strong> at{" "}
      <span className="tabular whitespace-nowrap">{say(resolved.time)}</span>
      {earlier && ` (${earlier} earlier)`}.{" "}
      {next_time && (
        <>
          First left out: <span className="tabular whitespace-nowrap">{say(next_time)}</span>.{" "}
        </>
      )}
      {sayLeftOut(resolved)}
      {!resolved.exact &&
        ` Not exact: up to ${sayCount(resolved.moments_missing, "commit")} before this time are gone, because history is thinned here.`}
    </p>
  );
}

function Held({ hold, problem }: HoldState) {
  if (problem)
    return (
      <p className="text-fg-3 text-sm">It could not be held while you choose ({problem}) and may leave the window.</p>
    );
  if (!hold) return null;
  return (
    <p className="flex items-center gap-1.5 text-fg-3 text-sm">
      <Hourglass size={13} aria-hidden />
      Held for you until <PlainTime at={hold.until} />
    </p>
  );
}

const never = () => () => {};

/** The zone of whoever looks; the server's paint does not know it. */
function useLocalZone(): string {
  return useSyncExternalStore(
    never,
    () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    () => UTC,
  );
}
