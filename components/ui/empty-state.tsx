import type { ReactNode } from "react";
import { cn } from "./class-names";

export interface EmptyStateProps {
  icon?: ReactNode;
  title: ReactNode;
  /** `h1` when it is the whole page. */
  heading?: "h1" | "h2";
  children?: ReactNode;
  actions?: ReactNode;
  className?: string;
}

/** Nothing here yet: what belongs here, and the way to it. */
export function EmptyState({ icon, title, heading: Heading = "h2", children, actions, className }: EmptyStateProps) {
  return (
    <div
      className={cn(
        "flex flex-col items-center gap-3 rounded-lg border border-border bg-surface-1 px-6 py-14 text-center",
        className,
      )}
    >
      {icon && <div className="mb-1 text-accent">{icon}</div>}
      <Heading className="text-balance font-semibold text-xl tracking-tight">{title}</Heading>
      {children && <div className="max-w-[52ch] text-pretty text-fg-2">{children}</div>}
      {actions && <div className="mt-3 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
