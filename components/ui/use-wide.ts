"use client";
import { useSyncExternalStore } from "react";

const WIDE = "(min-width: 768px)";

/**
 * Whether a table fits; undefined in the first paint, which does not know the screen yet. Then both drawings are sent and
 * CSS shows one; afterwards the other is dropped.
 */
export function useWide(): boolean | undefined {
  return useSyncExternalStore(
    subscribe,
    () => window.matchMedia(WIDE).matches,
    () => undefined,
  );
}

function subscribe(listener: () => void): () => void {
  const query = window.matchMedia(WIDE);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}
