/** The position of the first of ascending numbers that is at least `value`; the length when there is none. */
export function lowerBound(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Base rule: whether one of the ascending points p has birth <= p < death. */
export function hasPointIn(ascending: readonly number[], birth: number, death: number): boolean {
  const first = ascending[lowerBound(ascending, birth)];
  return first !== undefined && first < death;
}
