import { splitHours } from "./hours";

/** Millicores and GB of memory, as a service's size has them. */
export interface Size {
  readonly cpuMillis: number;
  readonly memoryGbs: number;
}

/** What a service has on the disk. */
export interface HeldBytes {
  /** In its own log, without what is kept there for forks. */
  readonly written: number;
  /** Kept for forks: in others' logs for it alone, and in its own for several. */
  readonly pinned: number;
  /** What its files hold, shared or not: the size of a full copy. */
  readonly logical: number;
}

export const NO_BYTES: HeldBytes = { written: 0, pinned: 0, logical: 0 };

/** What a service used up to `asOfMs`, and what it uses since then. */
export interface Meter extends Size {
  readonly asOfMs: number;
  readonly bytes: HeldBytes;
  /** Its Postgres runs since then; undefined while it does not. */
  readonly computeSinceMs: number | undefined;
}

/** From an instant on these values hold; what is left out holds on. */
export interface Observation {
  readonly atMs: number;
  readonly bytes?: HeldBytes;
  readonly isRunning?: boolean;
  readonly size?: Size;
}

/** Used within one hour, at one size. */
export interface HourUsage extends Size {
  readonly hourMs: number;
  readonly computeMs: bigint;
  readonly writtenByteMs: bigint;
  readonly pinnedByteMs: bigint;
  readonly logicalByteMs: bigint;
}

/**
 * Moves a meter on: what it knew holds until the observation, what that says from then on. Nothing is counted twice: an
 * observation that was made before `asOfMs` (repeated, late, or by a clock that was set back) adds no usage, its bytes are
 * out of date, and what it says of compute and size holds from `asOfMs` on.
 */
export function observe(meter: Meter | undefined, observation: Observation): { meter: Meter; usage: HourUsage[] } {
  const before = meter ?? newMeter(observation.atMs);
  const asOfMs = Math.max(before.asOfMs, observation.atMs);
  const isLate = observation.atMs < before.asOfMs;
  const { isRunning = before.computeSinceMs !== undefined, size = before } = observation;
  return {
    meter: {
      asOfMs,
      bytes: (isLate ? undefined : observation.bytes) ?? before.bytes,
      computeSinceMs: isRunning ? (before.computeSinceMs ?? asOfMs) : undefined,
      cpuMillis: size.cpuMillis,
      memoryGbs: size.memoryGbs,
    },
    usage: countUntil(before, asOfMs),
  };
}

/** As an engine finds the meter of a Postgres that ran when its predecessor died: it is known to have run up to `asOfMs`. */
export const forgetCompute = (meter: Meter): Meter => ({ ...meter, computeSinceMs: undefined });

const newMeter = (asOfMs: number): Meter => ({
  asOfMs,
  bytes: NO_BYTES,
  computeSinceMs: undefined,
  cpuMillis: 0,
  memoryGbs: 0,
});

function countUntil({ asOfMs, bytes, computeSinceMs, cpuMillis, memoryGbs }: Meter, toMs: number): HourUsage[] {
  const isIdle = computeSinceMs === undefined && bytes.written + bytes.pinned + bytes.logical === 0;
  if (isIdle) return [];
  return [...splitHours({ fromMs: asOfMs, toMs })].map(({ hourMs, lengthMs }) => ({
    hourMs,
    cpuMillis,
    memoryGbs,
    computeMs: computeSinceMs === undefined ? 0n : BigInt(lengthMs),
    writtenByteMs: BigInt(bytes.written) * BigInt(lengthMs),
    pinnedByteMs: BigInt(bytes.pinned) * BigInt(lengthMs),
    logicalByteMs: BigInt(bytes.logical) * BigInt(lengthMs),
  }));
}
