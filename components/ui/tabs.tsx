"use client";
import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

export interface TabsProps {
  label: string;
  tabs: readonly { id: string; label: string; panel: ReactNode }[];
}

export function Tabs({ label, tabs }: TabsProps) {
  return (
    <Base.Root defaultValue={tabs[0]?.id ?? null}>
      <Base.List
        aria-label={label}
        className="flex gap-1 overflow-x-auto border-border border-b [scrollbar-width:none]"
        activateOnFocus
      >
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.id}
            value={tab.id}
            className="touch-target -mb-px h-9 shrink-0 border-transparent border-b-2 px-3 text-base text-fg-2 transition-colors duration-100 hover:text-fg focus-visible:-outline-offset-2 data-active:border-accent data-active:font-medium data-active:text-fg"
          >
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.id} value={tab.id} className="pt-3">
          {tab.panel}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
