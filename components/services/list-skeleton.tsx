import { Skeleton } from "@/components/ui/skeleton";

/** Rows of a list while it is read: the size of the real ones. */
export function ListSkeleton({ rows }: { rows: number }) {
  return (
    <div role="status" aria-label="Loading" className="overflow-hidden rounded-lg border border-border bg-surface-1">
      <div className="h-10" />
      {Array.from({ length: rows }, (_, row) => `row-${row}`).map((row) => (
        <div key={row} className="flex h-[59px] items-center gap-6 border-border border-t px-4">
          <div className="flex flex-1 flex-col gap-2">
            <Skeleton className="h-3.5 w-40 max-w-full" />
            <Skeleton className="h-3 w-24 max-w-full" />
          </div>
          <Skeleton className="h-3.5 w-20 max-sm:hidden" />
          <Skeleton className="h-3.5 w-24 max-md:hidden" />
          <Skeleton className="h-7 w-24" />
        </div>
      ))}
    </div>
  );
}
