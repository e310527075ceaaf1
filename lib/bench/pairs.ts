/** As many as the documentation promises at least: a median of fewer says little on a machine that is shared. */
export const PAIRS = 9;

export interface Pair {
  readonly a: number;
  readonly b: number;
}

/** Takes both figures side by side, in alternating order, so that what else the machine does hits both alike. */
export async function takePairs(
  count: number,
  takeA: () => Promise<number>,
  takeB: () => Promise<number>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let i = 0; i < count; i++) {
    if (i % 2 === 0) {
      const a = await takeA();
      pairs.push({ a, b: await takeB() });
    } else {
      const b = await takeB();
      pairs.push({ a: await takeA(), b });
    }
  }
  return pairs;
}
