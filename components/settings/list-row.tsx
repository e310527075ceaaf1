import type { ReactNode } from "react";
import { Card } from "@/components/ui/card";

/** A list of a few things, each a line with its buttons; on a small screen they wrap. */
export function RowList({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Card>
      <ul aria-label={label} className="divide-y divide-border">
        {children}
      </ul>
    </Card>
  );
}

export function ListRow({ first, second, children }: { first: ReactNode; second: ReactNode; children?: ReactNode }) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <div className="break-words">{first}</div>
        <div className="break-words text-fg-3 text-sm">{second}</div>
      </div>
      <div className="flex flex-wrap items-center gap-2">{children}</div>
    </li>
  );
}
