import { isFrameLevel, type SegmentIndex } from "../log/segment-index";
import type { UnitSet } from "../retention/unit-set";
import type { RewriteJob } from "./rewrite-segment";

/** The job that keeps what is not freed of a segment, and checks everything that its index names in it. */
export function planRewrite(
  index: SegmentIndex,
  freed: Pick<UnitSet, "has" | "gapsIn">,
  how: Pick<RewriteJob, "storeDir" | "bytesPerSecond">,
): RewriteJob {
  const { log, segment, endUnit } = index;
  const runs = [...freed.gapsIn(segment, 1, endUnit)];
  const living = [...index.slots()].filter(({ unit }) => !freed.has(segment, unit)).sort((a, b) => a.unit - b.unit);
  const isFrame = ({ level }: { level: number }) => isFrameLevel(level);
  return {
    ...how,
    log,
    segment,
    endUnit,
    live: Uint32Array.from(runs.flatMap(({ unit, units }) => [unit, units])),
    slots: Uint32Array.from(living.filter((slot) => !isFrame(slot)).flatMap(({ unit, crc }) => [unit, crc])),
    frames: Uint32Array.from(living.filter(isFrame).map(({ unit }) => unit)),
  };
}
