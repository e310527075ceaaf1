"use client";
import { type ComponentProps, createContext, type ReactNode, type RefObject, useContext, useRef } from "react";

const HomeContext = createContext<RefObject<HTMLElement | null> | undefined>(undefined);

/** Where menus and cards are put: inside the page's main landmark, so that nothing that opens lies outside of all landmarks. */
export function OverlayProvider({ children }: { children: ReactNode }) {
  const home = useRef<HTMLElement>(null);
  return <HomeContext value={home}>{children}</HomeContext>;
}

/** The main landmark, home of the overlays. */
export function OverlayMain(props: ComponentProps<"main">) {
  return <main ref={useContext(HomeContext)} {...props} />;
}

/** For the `container` of a portal; undefined, which is the body, on pages without an `OverlayMain`. */
export const useOverlayHome = () => useContext(HomeContext);
