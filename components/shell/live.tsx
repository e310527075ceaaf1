"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { refreshServices } from "@/lib/client/services-cache";

const KINDS = ["operation", "service", "warning", "reset"] as const;
// An operation tells of each step; one look is enough for all that come at once.
const GATHER_MS = 150;

/** Looks again as soon as something happens in the project. Where no stream is to be had, screens look again by themselves. */
export function Live() {
  const cache = useQueryClient();
  useEffect(() => {
    const source = new EventSource("/data/events");
    let timer: number | undefined;
    const look = () => {
      timer ??= window.setTimeout(() => {
        timer = undefined;
        void refreshServices(cache);
      }, GATHER_MS);
    };
    for (const kind of KINDS) source.addEventListener(kind, look);
    return () => {
      source.close();
      window.clearTimeout(timer);
    };
  }, [cache]);
  return null;
}
