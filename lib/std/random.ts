/** A source of randomness, injected so that a simulation replays from its seed. */
export interface Random {
  /** A float in [0, 1). */
  next(): number;
  /** An integer in [0, below). */
  int(below: number): number;
  /** One element of a list that is not empty. */
  pick<Item>(items: readonly Item[]): Item;
}

function fromUnit(next: () => number): Random {
  const int = (below: number) => Math.floor(next() * below);
  return { next, int, pick: (items) => items[int(items.length)] as (typeof items)[number] };
}

/** mulberry32 (Tommy Ettinger, public domain): small, fast, the same on every machine. Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return fromUnit(() => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  });
}
