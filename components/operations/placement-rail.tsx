"use client";
import { CircleCheck, CircleX, LoaderCircle } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useNow } from "@/components/shell/clock";
import { useAnnounce } from "@/components/ui/announcer";
import { Card } from "@/components/ui/card";
import { Notice } from "@/components/ui/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { computeWaitedMs } from "@/lib/client/operations";
import { formatElapsed } from "@/lib/client/time";
import { OperationSteps } from "./steps";
import type { Placed } from "./use-placed";

export interface PlacementRailProps {
  placed: Placed;
  name: string;
  /** Where to go from here: links when it is ready, the way back when it failed. */
  actions: ReactNode;
}

/** In the summary's place after the press of the button: the steps, and how it ended. */
export function PlacementRail({ placed, name, actions }: PlacementRailProps) {
  const { operation, ready, failed, error } = placed;
  const heading = useRef<HTMLHeadingElement>(null);
  const nowMs = useNow();
  const announce = useAnnounce();
  const took = operation ? formatElapsed(computeWaitedMs(operation, nowMs)) : "";

  // The button that was pressed is gone: the focus goes to what took its place.
  useEffect(() => heading.current?.focus(), []);
  const ended = ready && operation?.finished_at ? `${name} is ready, ${took}.` : undefined;
  useEffect(() => {
    if (ended) announce(ended);
  }, [ended, announce]);
  useEffect(() => {
    document.title = ready ? `Ready · ${name}` : failed ? `Failed · ${name}` : `Starting · ${name}`;
  }, [ready, failed, name]);

  return (
    <Card className="flex flex-col gap-4 p-4 sm:p-5">
      <div className="flex items-start gap-3">
        {ready ? (
          <CircleCheck size={24} className="shrink-0 text-ok" aria-hidden />
        ) : failed ? (
          <CircleX size={24} className="shrink-0 text-danger" aria-hidden />
        ) : (
          <LoaderCircle size={24} className="shrink-0 animate-turn text-info" aria-hidden />
        )}
        <div className="min-w-0">
          <h2 ref={heading} tabIndex={-1} className="font-semibold text-lg outline-none">
            {ready ? `Ready in ${took}` : failed ? "It failed" : "Working on it"}
          </h2>
          <p className="break-words text-fg-2">{name}</p>
        </div>
      </div>
      {operation ? <OperationSteps operation={operation} /> : <StepsSkeleton />}
      {error && !operation && (
        <Notice tone="warn">
          It was asked for and goes on, but its progress cannot be read right now. {error.message}
        </Notice>
      )}
      {(ready || failed) && <div className="flex flex-wrap gap-2 border-border border-t pt-4">{actions}</div>}
      {!ready && !failed && (
        <p className="border-border border-t pt-4 text-fg-3 text-sm">
          It goes on whatever you do here. You find it in the list too.
        </p>
      )}
    </Card>
  );
}

function StepsSkeleton() {
  return (
    <div className="flex flex-col gap-4">
      {["a", "b", "c", "d"].map((step) => (
        <Skeleton key={step} className="h-4 w-4/5" />
      ))}
    </div>
  );
}
