/** How much upkeep does at a time: a few milliseconds each. Simulations pass smaller ones, so that much comes in between. */
export interface Slices {
  /** Frames of a log that are read. */
  readonly frames: number;
  /** Commits over which the beginning of a window moves. */
  readonly commits: number;
  /** Slots that a sweep asks about, and those that a descendant replaced. */
  readonly sweptSlots: number;
  readonly doubtfulSlots: number;
}

export const DEFAULT_SLICES: Slices = { frames: 256, commits: 1024, sweptSlots: 8192, doubtfulSlots: 1024 };
