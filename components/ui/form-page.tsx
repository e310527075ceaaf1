import type { ReactNode } from "react";
import { cn } from "./class-names";

export interface FormPageProps {
  children: ReactNode;
  rail: ReactNode;
  /** The rail is what matters now: on a small screen it goes first. */
  railFirst?: boolean;
}

/** A form with its summary beside it; below it on small screens. */
export function FormPage({ children, rail, railFirst = false }: FormPageProps) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_340px] lg:gap-6">
      <div className="flex min-w-0 flex-col gap-4">{children}</div>
      <aside
        aria-label="Summary"
        className={cn("flex min-w-0 flex-col gap-4 lg:sticky lg:top-[76px]", railFirst && "max-lg:order-first")}
      >
        {rail}
      </aside>
    </div>
  );
}

/** On small screens the button stays in sight, above the bottom bar. */
export function StickyAction({ children }: { children: ReactNode }) {
  return (
    <div className="-mx-4 sticky bottom-[calc(60px+env(safe-area-inset-bottom))] z-10 flex items-center gap-3 border-border border-t bg-bg px-4 py-3 md:bottom-0 lg:hidden">
      {children}
    </div>
  );
}
