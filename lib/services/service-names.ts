import { SERVICE_NAME_MAX } from "@/lib/schemas/service";

/** The name a fork gets when none was given: `<parent>-fork`, numbered when that is taken. */
export const suggestForkName = (parent: string, isTaken: (name: string) => boolean): string =>
  findFreeName(`${parent}-fork`, isTaken);

/** `name` itself if it is free, else with `-2`, `-3` …; shortened before the number when it would be too long. */
export function findFreeName(name: string, isTaken: (name: string) => boolean): string {
  const first = shorten(name, "");
  if (!isTaken(first)) return first;
  const { stem, from } = splitNumber(name);
  for (let number = from; ; number++) {
    const candidate = shorten(stem, `-${number}`);
    if (!isTaken(candidate)) return candidate;
  }
}

// `report-2` is followed by `report-3`, not by `report-2-2`; a long number (`incident-0412`) is part of the name.
function splitNumber(name: string): { stem: string; from: number } {
  const match = /^(.+)-([1-9]\d{0,2})$/.exec(name);
  return match ? { stem: match[1] as string, from: Number(match[2]) + 1 } : { stem: name, from: 2 };
}

// Cut by code points: half of a surrogate pair is no text.
function shorten(stem: string, ending: string): string {
  if (stem.length + ending.length <= SERVICE_NAME_MAX) return stem + ending;
  let cut = "";
  for (const character of stem) {
    if (cut.length + character.length + ending.length > SERVICE_NAME_MAX) break;
    cut += character;
  }
  return cut + ending;
}
