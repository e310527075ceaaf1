import { BLOCK_WORDS } from "../log/format";

/** Word positions: from, to, from, to, … of what differs. */
export type WordRanges = number[];

// A range costs three words; a gap that is no longer is cheaper to write along.
const MERGED_GAP_WORDS = 3;
/** A block of which a quarter or more changed is written whole. */
const MOST_CHANGED_WORDS = BLOCK_WORDS / 4;

/**
 * Where `now` differs from `before` (undefined: an all-zero block), into `ranges`. False when that is a quarter of the block
 * or more; `ranges` is then of no use.
 */
export function findRanges(now: Uint32Array, before: Uint32Array | undefined, ranges: WordRanges): boolean {
  ranges.length = 0;
  let changed = 0;
  for (let word = firstDifference(now, before, 0); word < BLOCK_WORDS; ) {
    const end = endOfDifference(now, before, word);
    const last = ranges.length - 1;
    if (last > 0 && word - (ranges[last] as number) <= MERGED_GAP_WORDS) {
      changed += end - (ranges[last] as number);
      ranges[last] = end;
    } else {
      changed += end - word;
      ranges.push(word, end);
    }
    if (changed >= MOST_CHANGED_WORDS) return false;
    word = firstDifference(now, before, end);
  }
  return true;
}

export function isZero(words: Uint32Array): boolean {
  return firstDifference(words, undefined, 0) === BLOCK_WORDS;
}

function firstDifference(now: Uint32Array, before: Uint32Array | undefined, from: number): number {
  let word = from;
  if (before) while (word < BLOCK_WORDS && now[word] === before[word]) word++;
  else while (word < BLOCK_WORDS && now[word] === 0) word++;
  return word;
}

function endOfDifference(now: Uint32Array, before: Uint32Array | undefined, from: number): number {
  let word = from + 1;
  const limit = Math.min(BLOCK_WORDS, from + MOST_CHANGED_WORDS);
  if (before) while (word < limit && now[word] !== before[word]) word++;
  else while (word < limit && now[word] !== 0) word++;
  return word;
}
