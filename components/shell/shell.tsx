import type { ReactNode } from "react";
import { OverlayMain, OverlayProvider } from "@/components/ui/overlay-home";
import type { AccountMenuProps } from "./account-menu";
import { BottomBar, Rail } from "./navigation";
import { StatusLine } from "./status-line";
import { TimeCard } from "./time-chip";
import { TopBar } from "./top-bar";

export interface ShellProps {
  account: AccountMenuProps;
  children: ReactNode;
}

/** What stands around every screen. */
export function Shell({ account, children }: ShellProps) {
  return (
    <OverlayProvider>
      <a
        href="#content"
        className="-translate-y-20 fixed top-2 left-2 z-50 rounded-md bg-accent-fill px-4 py-2 font-medium text-white focus:translate-y-0"
      >
        Skip to content
      </a>
      <Rail />
      <div className="flex min-h-dvh flex-col pb-[72px] md:pb-0 md:pl-[232px]">
        <TopBar {...account} />
        <StatusLine />
        <OverlayMain
          id="content"
          tabIndex={-1}
          className="mx-auto w-full max-w-[1312px] flex-1 px-4 py-6 outline-none md:px-6"
        >
          {children}
        </OverlayMain>
      </div>
      <BottomBar />
      <TimeCard />
    </OverlayProvider>
  );
}
