/** How much upkeep does at a time: a few milliseconds each. Simulations pass smaller ones, so that much comes in between. */
export interface Slices {
  /** Frames of a log that are read; one that names many blocks counts for several. */
  readonly frames: number;
  /** Commits over which the beginning of a window moves, and slots that died in them; at least one commit whatever it ended. */
  readonly commits: number;
  readonly deaths: number;
  /** Slots that are asked about, and forks that are asked about each. */
  readonly questions: number;
  /** Read by the scrub. */
  readonly scrubBytes: number;
}

export const DEFAULT_SLICES: Slices = {
  frames: 64,
  commits: 1024,
  deaths: 4096,
  questions: 8192,
  scrubBytes: 128 << 10,
};
