/** Who asks, and for which project: every question and every request is answered within it. */
export interface Actor {
  readonly projectId: string;
  /** Null for an API key without a person behind it. */
  readonly userId: string | null;
  /** What "requested by" says. */
  readonly name: string;
  readonly via: "console" | "api";
}
