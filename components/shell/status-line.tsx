"use client";
import { useQuery } from "@tanstack/react-query";
import { CloudOff, LoaderCircle } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Button } from "@/components/ui/button";
import { DATABASES_WITHOUT_CONSOLE, DATABASES_WITHOUT_ENGINE } from "@/lib/client/failure";
import { RequestFailure } from "@/lib/client/http";
import { servicesQuery } from "@/lib/client/services";
import { formatMoment } from "@/lib/client/time";
import { useNow, useZone } from "./clock";

/** A thin line under the bar, only when there is something to know about the whole console. */
export function StatusLine() {
  const online = useOnline();
  const { zone } = useZone();
  const nowMs = useNow();
  const { data, error, errorUpdatedAt, dataUpdatedAt, refetch, isFetching } = useQuery(servicesQuery());
  const since = data ? formatMoment(Date.parse(data.server_time), { zone, nowMs, seconds: true }) : undefined;

  if (!online) return <Line>You are offline. Nothing you typed is lost.</Line>;
  if (error && errorUpdatedAt >= dataUpdatedAt)
    return (
      <Line
        action={
          <Button size="sm" variant="ghost" onClick={() => refetch()} pending={isFetching}>
            Try now
          </Button>
        }
      >
        {sayFailure(error)} {since && `Showing ${since}.`} Trying again every few seconds.
      </Line>
    );
  if (data?.engine === "silent")
    return (
      <Line>
        The engine is not answering. {DATABASES_WITHOUT_ENGINE} Storage figures are missing and new work waits. Trying
        again.
      </Line>
    );
  return null;
}

function sayFailure(error: Error): string {
  if (error instanceof RequestFailure && error.code === "OFFLINE")
    return `The control plane is not answering. ${DATABASES_WITHOUT_CONSOLE}`;
  return error.message;
}

function Line({ children, action }: { children: React.ReactNode; action?: React.ReactNode }) {
  return (
    <div role="status" className="border-warn/40 border-b bg-warn-tint">
      <div className="flex min-h-9 flex-wrap items-center gap-x-2 px-4 py-1 text-sm md:px-6">
        {action ? (
          <LoaderCircle size={14} className="text-warn" aria-hidden />
        ) : (
          <CloudOff size={14} className="text-warn" aria-hidden />
        )}
        <span className="min-w-0 flex-1">{children}</span>
        {action}
      </div>
    </div>
  );
}

function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => {
      window.addEventListener("online", listener);
      window.addEventListener("offline", listener);
      return () => {
        window.removeEventListener("online", listener);
        window.removeEventListener("offline", listener);
      };
    },
    () => navigator.onLine,
    () => true,
  );
}
