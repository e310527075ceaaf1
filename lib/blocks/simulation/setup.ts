import { assert } from "@/lib/std/assert";
import type { Clock } from "@/lib/std/clock";
import type { Random } from "@/lib/std/random";
import type { Limits } from "../limits";
import { DEFAULT_SLICES, type Slices } from "../retention/slices";
import { VolumeError } from "../volume-error";
import type { SimulatedDevice } from "./simulated-device";

export type StepName =
  | "create"
  | "fork"
  | "delete"
  | "work"
  | "commit"
  | "settle"
  | "stop"
  | "replaceWriter"
  | "check"
  | "reopen"
  | "crash";

const WEIGHTS: Record<StepName, number> = {
  work: 40,
  commit: 20,
  create: 4,
  fork: 6,
  delete: 6,
  check: 4,
  stop: 4,
  settle: 3,
  replaceWriter: 1,
  reopen: 2,
  crash: 1,
};

/** What a simulation does, each name as often as it is likely. */
export const STEPS: readonly StepName[] = (Object.entries(WEIGHTS) as [StepName, number][]).flatMap(([name, weight]) =>
  Array.from({ length: weight }, () => name),
);

/** Small enough that a few dozen commits reach every limit. */
export function pickLimits(random: Random): Limits {
  return {
    segmentBytes: random.pick([32, 96, 256]) * 1024,
    dirtyBlocks: 2 + random.int(8),
    checkpointFrames: 1 + random.int(12),
    indexedFrames: 1 + random.int(4),
    pendingBlocks: 2 + random.int(6),
    dirtyNodes: 3 + random.int(10),
    cleanNodes: 3 + random.int(6),
    deltaBytes: random.pick([12, 64]) * 1024,
    cleanBlocks: 1 + random.int(4),
    descriptors: 1 + random.int(3),
  };
}

/** Some so small that anything can come between any two decisions. */
export function pickSlices(random: Random): Slices {
  if (random.int(4) === 0) return DEFAULT_SLICES;
  const few = () => 1 + random.int(random.pick([2, 10, 40]));
  const scrubBytes = random.pick([4 << 10, 16 << 10]);
  return { frames: few(), commits: few(), deaths: few(), questions: few(), scrubBytes };
}

/** Time that goes on in small steps, and now and then goes back by seconds. */
export function makeUnsteadyClock(random: Random): Clock {
  let nowMicros = 1_700_000_000_000_000;
  const tick = () => {
    nowMicros += random.int(40) === 0 ? -5_000_000 : random.int(300);
    return nowMicros;
  };
  const refuse = () => assert(false, "the block store sets no timers");
  return {
    nowMicros: tick,
    nowMs: () => Math.floor(tick() / 1000),
    monotonicMs: () => tick() / 1000,
    after: () => refuse,
    sleep: async () => refuse(),
  };
}

/** Lets the power be cut, or one operation fail, within the next few dozen operations of the disk. */
export function planFault(device: SimulatedDevice, random: Random): void {
  const at = device.operations + 1 + random.int(30);
  if (random.int(2) === 0) {
    device.cutAt = at;
    return;
  }
  const code = random.pick(["ENOSPC", "EIO"]);
  device.failure = (_operation, number) => (number === at ? code : undefined);
}

/** Damage may only show as what it is. */
export function assertDamage(error: unknown): void {
  const isReported = error instanceof VolumeError && error.code === "EIO";
  if (!isReported) throw error;
}
