import type { ReactNode } from "react";
import { cn } from "./class-names";

export interface EmptyStateProps {
  icon?: ReactNode;
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  className?: string;
}

/** Nothing here yet: what belongs here, and the way to it. */
export function EmptyState({ icon, title, children, actions, className }: EmptyStateProps) {
  return (
    <div
      className={cn(
        "flex flex-col items-center gap-3 rounded-lg border border-border bg-surface-1 px-6 py-14 text-center",
        className,
      )}
    >
      {icon && <div className="mb-1 text-accent">{icon}</div>}
      <h2 className="text-balance font-semibold text-xl">{title}</h2>
      {children && <div className="max-w-[52ch] text-pretty text-fg-2">{children}</div>}
      {actions && <div className="mt-3 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
