"use client";
import { formatExact, formatExactFull } from "@/lib/client/time";
import { useNowMinute, useZone } from "./clock";

/** A commit's time with its microseconds, where a card behind it would be too much. */
export function ExactTime({ at, full = false }: { at: string; full?: boolean }) {
  const { zone } = useZone();
  const nowMs = useNowMinute();
  return (
    <time dateTime={at} className="tabular">
      {full ? formatExactFull(at, zone) : formatExact(at, { zone, nowMs })}
    </time>
  );
}
