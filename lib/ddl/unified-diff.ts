/** Lines around a change that are shown with it. */
const AROUND = 3;
/** Comparisons of lines beyond which one text simply replaces the other: a tenth of a second. */
const COMPARED_MAX = 4_000_000;

interface Line {
  readonly sign: " " | "+" | "-";
  readonly text: string;
}

/** What changed between two texts, line by line, with the lines around; `…` stands for lines that are left out. */
export function writeUnifiedDiff(before: string, after: string): string {
  const lines = compareLines(toLines(before), toLines(after));
  const isNear = lines.map((_line, index) =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ sign }) => sign !== " "),
  );
  const shown = lines.map(({ sign, text }, index) => {
    if (isNear[index]) return `${sign}${text}`;
    return index === 0 || isNear[index - 1] ? " …" : undefined;
  });
  return shown.filter((line) => line !== undefined).join("\n");
}

const toLines = (text: string): string[] => (text === "" ? [] : text.split("\n"));

function compareLines(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  const shorter = Math.min(before.length, after.length) - head;
  while (tail < shorter && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const same = (text: string): Line => ({ sign: " ", text });
  return [
    ...before.slice(0, head).map(same),
    ...compareMiddles(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

/** By the longest lines that both have in common. */
function compareMiddles(before: readonly string[], after: readonly string[]): Line[] {
  const removed = (text: string): Line => ({ sign: "-", text });
  const added = (text: string): Line => ({ sign: "+", text });
  if (before.length * after.length > COMPARED_MAX) return [...before.map(removed), ...after.map(added)];
  const common = countCommon(before, after);
  const width = after.length + 1;
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length && j < after.length) {
    const [old, now] = [before[i] as string, after[j] as string];
    if (old === now) {
      lines.push({ sign: " ", text: old });
      i++;
      j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      lines.push(removed(old));
      i++;
    } else {
      lines.push(added(now));
      j++;
    }
  }
  return [...lines, ...before.slice(i).map(removed), ...after.slice(j).map(added)];
}

/** For each pair of ends, how many lines both have in common from there on. */
function countCommon(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      common[i * width + j] =
        before[i] === after[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
  return common;
}
