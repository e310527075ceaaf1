"use client";
import { CircleCheck, CircleDashed, CircleX, LoaderCircle } from "lucide-react";
import { useEffect } from "react";
import { useNow } from "@/components/shell/clock";
import { useAnnounce } from "@/components/ui/announcer";
import { cn } from "@/components/ui/class-names";
import { Notice } from "@/components/ui/notice";
import { computeElapsedMs, findCurrentStep, isUnfinished } from "@/lib/client/operations";
import { formatElapsed } from "@/lib/client/time";
import type { OperationDto, StepDto } from "@/lib/schemas/operation";

const icons = { PENDING: CircleDashed, RUNNING: LoaderCircle, SUCCEEDED: CircleCheck, FAILED: CircleX };
const tones = { PENDING: "text-fg-3", RUNNING: "animate-turn text-info", SUCCEEDED: "text-ok", FAILED: "text-danger" };
const words = { PENDING: "waiting", RUNNING: "in progress", SUCCEEDED: "done", FAILED: "failed" };

// After this long a person wants to hear that nothing is expected of them.
const LONG_MS = 20_000;

/** What an operation does, step by step, as it does it. Each step is said once; a failure is said at once. */
export function OperationSteps({ operation, announced = true }: { operation: OperationDto; announced?: boolean }) {
  const nowMs = useNow();
  const announce = useAnnounce();
  const current = findCurrentStep(operation)?.title;
  useEffect(() => {
    if (announced && current) announce(current);
  }, [announced, current, announce]);

  const late = isUnfinished(operation) && computeElapsedMs(operation, nowMs) > LONG_MS;
  return (
    <div className="flex flex-col gap-3">
      <ol className="flex flex-col">
        {operation.steps.map((step) => (
          <Step key={step.name} step={step} nowMs={nowMs} />
        ))}
      </ol>
      {operation.error && operation.state === "FAILED" && (
        <Notice tone="danger" role="alert">
          {operation.error}
        </Notice>
      )}
      {operation.error && isUnfinished(operation) && <Notice tone="warn">{operation.error} Trying again.</Notice>}
      {late && !operation.error && (
        <p className="text-fg-3 text-sm">Still working, nothing to do. Leaving this page is safe.</p>
      )}
    </div>
  );
}

function Step({ step, nowMs }: { step: StepDto; nowMs: number }) {
  const Icon = icons[step.state];
  const running = step.state === "RUNNING";
  const took = step.started_at ? computeElapsedMs(step, nowMs) : undefined;
  return (
    <li className="relative flex gap-3 pb-3 last:pb-0">
      <span aria-hidden className="absolute top-6 bottom-0 left-[8.5px] w-px bg-border [li:last-child>&]:hidden" />
      <Icon size={18} className={cn("relative mt-px shrink-0 bg-surface-1", tones[step.state])} aria-hidden />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline gap-3">
          <span className={cn("min-w-0 flex-1", step.state === "PENDING" && "text-fg-3", running && "font-medium")}>
            {step.title}
            <span className="sr-only">, {words[step.state]}</span>
          </span>
          {took !== undefined && (step.finished_at || took >= 1000) && (
            <span className="tabular shrink-0 text-fg-3 text-sm">{formatElapsed(took)}</span>
          )}
        </div>
        {running && step.percent !== null && <Bar title={step.title} percent={step.percent} />}
      </div>
    </li>
  );
}

function Bar({ title, percent }: { title: string; percent: number }) {
  return (
    <div
      role="progressbar"
      aria-label={title}
      aria-valuenow={percent}
      className="mt-2 h-1.5 overflow-hidden rounded-full bg-surface-2"
    >
      <div className="h-full origin-left rounded-full bg-info" style={{ width: `${percent}%` }} />
    </div>
  );
}
