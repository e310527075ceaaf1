/**
 * Which commit carries the transactions that a part of the output speaks of: those whose end (a COMMIT's CommandComplete, or
 * ReadyForQuery) lies behind `fromBytes` and not behind `outputBytes`, counted from the first byte of all output.
 */
export interface Moment {
  readonly fromBytes: number;
  readonly outputBytes: number;
  /** The next end behind `outputBytes` counts as well: a transaction was committed and its client not told yet. */
  readonly isOpen: boolean;
  /** 0: no commit carries them yet (`synchronous_commit=off`); the next moment that has a commit does. */
  readonly commit: number;
  /** When the commit was made. */
  readonly micros: number;
}
