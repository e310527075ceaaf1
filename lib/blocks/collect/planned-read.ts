export interface UnitRun {
  readonly unit: number;
  readonly units: number;
}

/** One read of a segment, and the runs of units in it that are wanted. */
export interface PlannedRead extends UnitRun {
  readonly runs: readonly UnitRun[];
}

/** Reading over a gap this small is cheaper than a read of its own. */
const GAP_UNITS = 8;

/**
 * Few reads that cover the header and all runs of `live` (pairs of first unit and number of units, ascending), none longer
 * than `mostUnits`.
 */
export function* planReads(live: Uint32Array, mostUnits: number): Generator<PlannedRead> {
  let runs: UnitRun[] = [];
  for (const run of piecesOf(live, mostUnits)) {
    const first = runs[0];
    const last = runs.at(-1);
    const isNear = last !== undefined && run.unit - endOf(last) <= GAP_UNITS;
    if (first && !(isNear && endOf(run) - first.unit <= mostUnits)) {
      yield toRead(runs);
      runs = [];
    }
    runs.push(run);
  }
  yield toRead(runs);
}

/** The header, then the runs, long ones in pieces. */
function* piecesOf(live: Uint32Array, mostUnits: number): Generator<UnitRun> {
  if (live[0] !== 0) yield { unit: 0, units: 1 };
  for (let i = 0; i < live.length; i += 2) {
    const end = (live[i] as number) + (live[i + 1] as number);
    for (let unit = live[i] as number; unit < end; unit += mostUnits)
      yield { unit, units: Math.min(mostUnits, end - unit) };
  }
}

function toRead(runs: readonly UnitRun[]): PlannedRead {
  const unit = runs[0]?.unit ?? 0;
  return { unit, units: endOf(runs.at(-1) ?? { unit, units: 0 }) - unit, runs };
}

const endOf = ({ unit, units }: UnitRun): number => unit + units;
