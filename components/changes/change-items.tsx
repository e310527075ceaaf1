"use client";
import { type LucideIcon, Pause, Pencil, Play, RotateCcw, Scaling } from "lucide-react";
import { MenuItem } from "@/components/ui/menu";
import { type ChangeKind, listChanges } from "@/lib/client/changes";
import type { ServiceDto } from "@/lib/schemas/service";
import { useChange } from "./changes";

const ITEMS: Readonly<Record<ChangeKind, { icon: LucideIcon; label: string }>> = {
  pause: { icon: Pause, label: "Pause" },
  start: { icon: Play, label: "Start" },
  resize: { icon: Scaling, label: "Resize…" },
  rename: { icon: Pencil, label: "Rename…" },
  reset: { icon: RotateCcw, label: "Reset data…" },
};

/** What can be changed of a service as it is now, in its menu. */
export function ChangeItems({ service }: { service: ServiceDto }) {
  const change = useChange();
  return listChanges(service).map((kind) => {
    const { icon: Icon, label } = ITEMS[kind];
    return (
      <MenuItem key={kind} onClick={() => change(service, kind)}>
        <Icon size={16} aria-hidden />
        {label}
      </MenuItem>
    );
  });
}
