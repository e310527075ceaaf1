"use client";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";

const AnnounceContext = createContext<(message: string) => void>(() => {});

/** Says something to a screen reader, politely, once. */
export const useAnnounce = () => useContext(AnnounceContext);

/** The one polite region of the console. */
export function Announcer({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState({ message: "", turn: 0 });
  const announce = useCallback((message: string) => setSaid(({ turn }) => ({ message, turn: turn + 1 })), []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <div role="status" aria-live="polite" className="sr-only">
        {/* A new element each time, so that the same words are said again. */}
        <span key={said.turn}>{said.message}</span>
      </div>
    </AnnounceContext>
  );
}
