"use client";
import { createContext, type ReactNode, useContext, useState, useSyncExternalStore } from "react";
import { serverClock } from "@/lib/client/server-clock";
import { UTC, ZONE_COOKIE, type Zone } from "@/lib/client/time";

interface ZoneChoice {
  readonly zone: Zone;
  readonly choose: (kind: "utc" | "local") => void;
}

const ZoneContext = createContext<ZoneChoice>({ zone: UTC, choose: () => {} });
const RenderedAtContext = createContext(0);

const YEAR_SECONDS = 31_536_000;

export interface ClockProps {
  /** The server's time when it drew the page: what the first paint counts from. */
  renderedAtMs: number;
  initialZone: Zone;
  children: ReactNode;
}

/**
 * Time for everything below: the clock corrected by the server, and the zone that the person chose. The choice is a
 * cookie, so that the server's first paint is already in it.
 */
export function Clock({ renderedAtMs, initialZone, children }: ClockProps) {
  const [zone, setZone] = useState(initialZone);
  const choose = (kind: "utc" | "local") => {
    const chosen = kind === "utc" ? UTC : Intl.DateTimeFormat().resolvedOptions().timeZone;
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing from Firefox and from plain http
    document.cookie = `${ZONE_COOKIE}=${encodeURIComponent(chosen)}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
    setZone(chosen);
  };
  return (
    <RenderedAtContext value={renderedAtMs}>
      <ZoneContext value={{ zone, choose }}>{children}</ZoneContext>
    </RenderedAtContext>
  );
}

export const useZone = (): ZoneChoice => useContext(ZoneContext);

const MINUTE_MS = 60_000;

/** Now, in milliseconds of the server's time, moving once a second. The first paint has the server's own. */
export function useNow(): number {
  const renderedAtMs = useContext(RenderedAtContext);
  return useSyncExternalStore(
    serverClock.subscribe,
    () => serverClock.tickMs,
    () => renderedAtMs,
  );
}

/** Now in whole minutes, for what need not be drawn every second. */
export function useNowMinute(): number {
  const renderedAtMs = useContext(RenderedAtContext);
  const whole = (ms: number) => ms - (ms % MINUTE_MS);
  return useSyncExternalStore(
    serverClock.subscribe,
    () => whole(serverClock.tickMs),
    () => whole(renderedAtMs),
  );
}
