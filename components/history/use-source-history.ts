"use client";
import type { ForkFormState, KnownHistory } from "@/lib/client/fork-form";
import { windowQuery } from "@/lib/client/history";
import { readMoment } from "@/lib/client/moment";
import { findForkObstacle } from "@/lib/client/status";
import type { WindowDto } from "@/lib/schemas/history";
import type { ServiceDto } from "@/lib/schemas/service";
import { useLastingQuery } from "./use-lasting-query";
import { type Resolution, useResolution } from "./use-resolution";

export interface SourceHistory {
  readonly window: WindowDto | undefined;
  /** Why the window is not known, or null. */
  readonly error: Error | null;
  readonly resolution: Resolution;
  readonly known: KnownHistory;
}

export interface SourceHistoryOptions {
  readonly source: ServiceDto | undefined;
  readonly state: ForkFormState;
  /** Nothing is being chosen: the fork is made already. */
  readonly frozen: boolean;
}

/** What the form for a fork knows of its source's past, and of the moment that is chosen in it. */
export function useSourceHistory({ source, state, frozen }: SourceHistoryOptions): SourceHistory {
  const serviceId = source && !frozen && !findForkObstacle(source) ? source.service_id : undefined;
  const { data, error } = useLastingQuery({ ...windowQuery(serviceId ?? ""), enabled: serviceId !== undefined });
  const window = serviceId === undefined ? undefined : data?.window;
  const reading = state.strategy === "PITR" ? readMoment(state) : undefined;
  const resolution = useResolution({
    serviceId,
    moment: reading?.ok ? reading.moment : undefined,
    inexact: state.inexact !== "",
    window,
  });
  const { refusal, heldCommit } = resolution;
  return { window, error, resolution, known: { snapshots: window?.snapshots, refusal, heldCommit } };
}
