import { ListSkeleton } from "@/components/services/list-skeleton";
import { Skeleton } from "@/components/ui/skeleton";

/** A list's page before its data: heading, button, rows. */
export function ListLoading({ rows }: { rows: number }) {
  return (
    <>
      <div className="mb-6 flex h-[52px] items-end justify-between gap-6">
        <div className="flex flex-col gap-2">
          <Skeleton className="h-6 w-40" />
          <Skeleton className="h-4 w-64 max-w-full" />
        </div>
        <Skeleton className="h-9 w-28" />
      </div>
      <ListSkeleton rows={rows} />
    </>
  );
}

/** A form's or a service's page before its data: a wide column and a narrow one. */
export function ColumnsLoading() {
  return (
    <div role="status" aria-label="Loading">
      <Skeleton className="mb-2 h-6 w-56" />
      <Skeleton className="mb-6 h-4 w-80 max-w-full" />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_340px] lg:gap-6">
        <div className="flex flex-col gap-4">
          <Skeleton className="h-44 rounded-lg" />
          <Skeleton className="h-44 rounded-lg" />
          <Skeleton className="h-44 rounded-lg" />
        </div>
        <Skeleton className="h-80 rounded-lg" />
      </div>
    </div>
  );
}
