import type { ReactNode } from "react";

export interface PageHeaderProps {
  title: ReactNode;
  /** One line under the title: the sums of the page. */
  summary?: ReactNode;
  /** The primary action, always top right. */
  actions?: ReactNode;
}

export function PageHeader({ title, summary, actions }: PageHeaderProps) {
  return (
    <header className="mb-6 flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
      <div className="min-w-0">
        <h1 tabIndex={-1} className="break-words font-semibold text-xl tracking-tight outline-none">
          {title}
        </h1>
        {summary && <div className="mt-1 text-fg-2">{summary}</div>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}
