/** A consistent cut of a volume. Numbers rise by one for each commit of a log; times are unique microseconds since the epoch. */
export interface CommitPoint {
  readonly commit: number;
  readonly micros: number;
}
