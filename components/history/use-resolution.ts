"use client";
import { resolveQuery } from "@/lib/client/history";
import { isOvertaken, isRefusal, listRefusalFixes, type Moment, writeMoment } from "@/lib/client/moment";
import type { ResolveDto, WindowDto } from "@/lib/schemas/history";
import type { Fix } from "@/lib/std/app-error";
import { type HoldState, useHold } from "./use-hold";
import { useLastingQuery } from "./use-lasting-query";
import { useSettled } from "./use-settled";

export interface Resolution {
  readonly resolved: ResolveDto | undefined;
  /** The question is on its way, or about to be. */
  readonly looking: boolean;
  readonly refusal: { readonly problem: string; readonly fix: readonly Fix[] } | undefined;
  /** Nobody could be asked: the moment stands as it is, and is looked up again by itself, or now. */
  readonly unanswered: { readonly error: Error; readonly retrying: boolean; readonly retry: () => void } | undefined;
  readonly held: HoldState;
  /** The commit to ask for, where time or event name it no more. */
  readonly heldCommit: number | undefined;
}

export interface ResolutionOptions {
  readonly serviceId: string | undefined;
  readonly moment: Moment | undefined;
  readonly inexact: boolean;
  readonly window: WindowDto | undefined;
}

// Typing pauses this long when a person looks up.
const PAUSE_MS = 150;

/** What a moment means while it is being chosen: its commit, which is held, or why it cannot be forked. */
export function useResolution({ serviceId, moment, inexact, window }: ResolutionOptions): Resolution {
  const settled = useSettled(moment ? writeMoment(moment) : "", PAUSE_MS);
  const asked = serviceId === undefined ? undefined : moment;
  const options = resolveQuery(serviceId ?? "", asked, inexact);
  const { data, error, isFetching, refetch } = useLastingQuery({ ...options, enabled: asked !== undefined && settled });
  const resolved = asked && data?.resolved;
  const held = useHold(serviceId, resolved?.commit);
  // What was resolved is held: only its number still leads to it, and that is enough.
  const kept = resolved && held.hold && isOvertaken(error) ? resolved.commit : undefined;
  const refused = asked && kept === undefined && isRefusal(error) ? error : undefined;
  return {
    resolved: refused ? undefined : resolved,
    looking: asked !== undefined && !data && !error,
    refusal: refused && { problem: refused.message, fix: listRefusalFixes(refused, window) },
    unanswered:
      asked && error && !refused && kept === undefined
        ? { error, retrying: isFetching, retry: () => void refetch() }
        : undefined,
    held,
    heldCommit: kept,
  };
}
