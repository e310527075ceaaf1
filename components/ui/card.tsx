import type { ComponentProps, ReactNode } from "react";
import { cn } from "./class-names";

export function Card({ className, ...rest }: ComponentProps<"div">) {
  return <div className={cn("rounded-lg border border-border bg-surface-1", className)} {...rest} />;
}

export interface SectionCardProps extends Omit<ComponentProps<"section">, "title"> {
  title: ReactNode;
  /** Right of the title: a button, a figure. */
  aside?: ReactNode;
  headingId: string;
}

/** A card that is a region of its page, named by its heading. */
export function SectionCard({ title, aside, headingId, className, children, ...rest }: SectionCardProps) {
  return (
    <section
      aria-labelledby={headingId}
      className={cn("rounded-lg border border-border bg-surface-1 p-4 sm:p-5", className)}
      {...rest}
    >
      <div className="mb-4 flex min-h-7 flex-wrap items-center justify-between gap-2">
        <h2 id={headingId} className="font-semibold text-lg">
          {title}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
