import type { CommitPoint, WriterTicket } from "../store-types";
import type { Volume } from "../volume/volume-types";
import type { ModelVolume } from "./model-volume";

export interface Writer {
  readonly ticket: WriterTicket;
  readonly volume: Volume;
}

/** A volume that the simulation follows. */
export interface Tracked {
  readonly volumeId: string;
  /** Volumes through which it descends. */
  readonly ancestors: readonly string[];
  committed: ModelVolume;
  /** What the writer sees; the same as `committed` without one. */
  working: ModelVolume;
  /** The state before the last commit: what may stand when the bits of an unproven last commit rot. */
  previous: ModelVolume;
  writer: Writer | undefined;
  /** The newest commit that was acknowledged by the writer that is open. */
  head: CommitPoint | undefined;
  /** A writer that was thought dead went on writing. */
  hadStaleWriter: boolean;
}

/** A volume that is just made, with the content of its source. */
export function trackVolume(volumeId: string, content: ModelVolume, ancestors: readonly string[]): Tracked {
  const states = { committed: content, working: content, previous: content };
  return { volumeId, ancestors, ...states, writer: undefined, head: undefined, hadStaleWriter: false };
}
