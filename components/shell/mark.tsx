import type { ComponentProps } from "react";

/** The mark: a stem, and the shoot that leaves it with a leaf of its own. */
export function Mark(props: ComponentProps<"svg">) {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" fill="none" aria-hidden {...props}>
      <path d="M6 18.5V1.5" stroke="currentColor" strokeWidth="2.5" strokeLinecap="round" />
      <path d="M6 14c0-3.6 2.2-5.5 5.2-6.1" stroke="var(--accent)" strokeWidth="2.5" strokeLinecap="round" />
      <path
        d="M11 8.2c-.5-3.6 1.9-6 6.6-6.2.4 4.700-1.900 7.400-5.200 7.300-.9 0-1.300-.4-1.400-1.100Z"
        fill="var(--accent)"
      />
    </svg>
  );
}
