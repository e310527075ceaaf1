"use client";
import { Hourglass } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Ago, PlainTime } from "@/components/shell/time-chip";
import type { ForkFormState } from "@/lib/client/fork-form";
import { sayLeftOut, sayNumber } from "@/lib/client/moment";
import { readTargetTime } from "@/lib/client/target-time";
import { formatExactFull, formatFull, UTC } from "@/lib/client/time";
import type { ResolveDto } from "@/lib/schemas/history";
import type { HoldState } from "./use-hold";
import type { Resolution } from "./use-resolution";

/** How the moment was read, and which commit it means. Its place stays the same size while that is looked up. */
export function MomentReadout({ state, resolution }: { state: ForkFormState; resolution: Resolution }) {
  const { resolved, looking, refusal, silent, held } = resolution;
  const time = state.event || state.commit ? resolved?.time : readTime(state.at);
  return (
    <div className="flex min-h-[68px] flex-col gap-1">
      {!state.at && !state.event && !state.commit && (
        <p className="text-fg-3">
          No moment chosen yet. Type or paste one, take an end of the window, or choose what to stop just before.
        </p>
      )}
      {time && <Reading time={time} />}
      {resolved && !refusal && <Commit resolved={resolved} />}
      {looking && <p className="text-fg-3">Looking for the commit…</p>}
      {silent && !resolved && (
        <p className="text-fg-2">Exact commit unknown right now. The fork will stop at or before this time.</p>
      )}
      {resolved && <Held {...held} />}
    </div>
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

function Commit({ resolved }: { resolved: ResolveDto }) {
  const { commit, time, next_time } = resolved;
  return (
    <p className="text-fg-2">
      Last one in: <strong className="tabular font-semibold text-fg">commit {sayNumber(commit)}</strong> at{" "}
      <span className="tabular whitespace-nowrap">{formatExactFull(time, UTC)}</span>.{" "}
      {next_time && (
        <>
          First left out: <span className="tabular whitespace-nowrap">{formatExactFull(next_time, UTC)}</span>.{" "}
        </>
      )}
      {sayLeftOut(resolved)}
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
