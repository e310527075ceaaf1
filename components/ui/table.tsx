import { ArrowDown, ArrowUp } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "./class-names";

/** A table in a card; what overflows scrolls inside, never the page. */
export function Table({ className, ...rest }: ComponentProps<"table">) {
  return (
    <div className="overflow-x-auto rounded-lg border border-border bg-surface-1">
      <table className={cn("w-full border-collapse text-left", className)} {...rest} />
    </div>
  );
}

export function TableCaption(props: ComponentProps<"caption">) {
  return <caption className="px-4 pt-3 pb-1 text-left text-fg-3 text-sm" {...props} />;
}

export interface HeaderCellProps extends ComponentProps<"th"> {
  /** Sorts by this column: the press, and how the column is sorted now. */
  sort?: { onPress: () => void; direction: "ascending" | "descending" | undefined };
  numeric?: boolean;
  children: ReactNode;
}

export function HeaderCell({ sort, numeric = false, className, children, ...rest }: HeaderCellProps) {
  const Arrow = sort?.direction === "descending" ? ArrowDown : ArrowUp;
  return (
    <th
      scope="col"
      aria-sort={sort?.direction}
      className={cn("whitespace-nowrap px-4 py-2.5 font-medium text-fg-2 text-sm", numeric && "text-right", className)}
      {...rest}
    >
      {sort ? (
        <button
          type="button"
          onClick={sort.onPress}
          className={cn(
            "-mx-1 inline-flex min-h-6 items-center gap-1 rounded-sm px-1 hover:text-fg",
            sort.direction && "text-fg",
          )}
        >
          {children}
          {/* Before the words of a right-aligned column, so that they end where its figures end. */}
          <Arrow size={13} aria-hidden className={cn(!sort.direction && "invisible", numeric && "-order-1")} />
        </button>
      ) : (
        children
      )}
    </th>
  );
}

export function Row({ className, ...rest }: ComponentProps<"tr">) {
  return <tr className={cn("border-border border-t", className)} {...rest} />;
}

export interface CellProps extends ComponentProps<"td"> {
  numeric?: boolean;
}

export function Cell({ numeric = false, className, ...rest }: CellProps) {
  return <td className={cn("px-4 py-2.5 align-middle", numeric && "tabular text-right", className)} {...rest} />;
}

/** A first line and a quieter second one, as the lists have them. */
export function TwoLines({ first, second }: { first: ReactNode; second: ReactNode }) {
  return (
    <div className="flex flex-col">
      <span className="leading-5">{first}</span>
      <span className="text-fg-3 text-sm leading-4.5">{second}</span>
    </div>
  );
}
