/** One line of the output. `value` is the median of the samples where nothing else is said. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
}

export type Report = (name: string, unit: string, samples: readonly number[]) => void;

/** Prints a figure as a line of JSON. */
export const report: Report = (name, unit, samples) => {
  process.stdout.write(`${JSON.stringify(toFigure(name, unit, samples))}\n`);
};

export function toFigure(name: string, unit: string, samples: readonly number[]): Figure {
  const p50 = round(quantile(samples, 0.5));
  return { name, value: p50, unit, n: samples.length, p50, p95: round(quantile(samples, 0.95)) };
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** With interpolation between neighbours, so that the median of an even number lies between the middle two. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

const round = (value: number): number => Number(value.toPrecision(4));
