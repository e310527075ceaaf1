"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useServiceActions } from "@/components/services/service-actions";
import { useAnnounce } from "@/components/ui/announcer";
import { attempt } from "@/lib/client/attempt";
import { historyKeys } from "@/lib/client/history";
import { isUnfinished } from "@/lib/client/operations";
import { serviceKeys, serviceQuery } from "@/lib/client/services";
import type { OperationDto } from "@/lib/schemas/operation";

export interface Snapshotting {
  take: () => Promise<void>;
  /** Asked for, and not there yet. */
  readonly pending: boolean;
  /** What is being done, or how it failed. */
  readonly operation: OperationDto | undefined;
  /** Why it could not be asked for. */
  readonly problem: string | undefined;
}

/** Takes a snapshot and follows it until it is in the list; `onTaken` gets its id. */
export function useSnapshotting(serviceId: string, onTaken?: (snapshotId: string) => void): Snapshotting {
  const { takeSnapshot } = useServiceActions();
  const cache = useQueryClient();
  const announce = useAnnounce();
  const [asked, setAsked] = useState<OperationDto>();
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<string>();
  const { data } = useQuery({ ...serviceQuery(serviceId), enabled: asked !== undefined });
  const operation =
    asked && (data?.operations.find(({ operation_id }) => operation_id === asked.operation_id) ?? asked);
  const takenId = operation?.state === "SUCCEEDED" ? operation.operation_id : undefined;

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each snapshot, whoever listens by then
  useEffect(() => {
    if (!takenId) return;
    void cache.invalidateQueries({ queryKey: historyKeys.all }).then(() => {
      setAsked(undefined);
      announce("Snapshot taken.");
      onTaken?.(takenId);
    });
  }, [takenId]);

  async function take(): Promise<void> {
    setAsking(true);
    setProblem(undefined);
    const result = await attempt(takeSnapshot(serviceId));
    if (result.ok) setAsked(result.operation);
    else setProblem(result.message);
    await cache.invalidateQueries({ queryKey: serviceKeys.detail(serviceId) });
    setAsking(false);
  }

  const pending = asking || takenId !== undefined || (operation !== undefined && isUnfinished(operation));
  return { take, pending, operation, problem };
}
