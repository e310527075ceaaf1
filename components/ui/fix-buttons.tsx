"use client";
import type { Fix } from "@/lib/std/app-error";
import { Button, ButtonLink } from "./button";

export interface FixButtonsProps {
  fixes: readonly Fix[];
  onSet: (values: Record<string, string>) => void;
}

/** The ways out of a failure: each sets values in the form, or leads somewhere. */
export function FixButtons({ fixes, onSet }: FixButtonsProps) {
  if (fixes.length === 0) return null;
  return (
    <span className="flex flex-wrap gap-2">
      {fixes.map(({ label, set, href }) =>
        href ? (
          <ButtonLink key={label} size="sm" href={href}>
            {label}
          </ButtonLink>
        ) : (
          <Button key={label} size="sm" onClick={() => set && onSet(set)}>
            {label}
          </Button>
        ),
      )}
    </span>
  );
}
