"use client";
import {
  Circle,
  CircleCheck,
  CirclePause,
  CircleX,
  ClockAlert,
  Hourglass,
  LoaderCircle,
  TriangleAlert,
  X,
} from "lucide-react";
import { useNow } from "@/components/shell/clock";
import { cn } from "@/components/ui/class-names";
import { computeStatusView, type StatusIcon, type Tone } from "@/lib/client/status";
import type { ServiceDto } from "@/lib/schemas/service";

const icons: Record<StatusIcon, typeof Circle> = {
  queued: Circle,
  working: LoaderCircle,
  ready: CircleCheck,
  expiring: ClockAlert,
  unhealthy: TriangleAlert,
  paused: CirclePause,
  expired: Hourglass,
  deleted: X,
  failed: CircleX,
};

const tones: Record<Tone, string> = {
  ok: "text-ok",
  info: "text-info",
  warn: "text-warn",
  danger: "text-danger",
  quiet: "text-fg-2",
};

/** Icon and word; colour is the third cue. */
export function StatusChip({ service, className }: { service: ServiceDto; className?: string }) {
  const view = computeStatusView(service, useNow());
  const Icon = icons[view.icon];
  return (
    <span className={cn("inline-flex items-center gap-1.5 whitespace-nowrap", tones[view.tone], className)}>
      <Icon size={15} className={cn("shrink-0", view.icon === "working" && "animate-turn")} aria-hidden />
      <span className="tabular">{view.label}</span>
    </span>
  );
}
