import type { ComponentProps } from "react";
import { cn } from "./class-names";

/** Stands where something of this size will be; appears only after 200 ms. */
export function Skeleton({ className, ...rest }: ComponentProps<"div">) {
  return <div aria-hidden className={cn("animate-skeleton rounded-sm bg-surface-2", className)} {...rest} />;
}
