const SEGMENT_NAME = /^([1-9]\d{0,9})\.seg$/;
const INDEX_NAME = /^([1-9]\d{0,9})\.idx$/;
const LOG_NAME = /^[1-9]\d{0,9}$/;

export const journalPath = (storeDir: string): string => `${storeDir}/journal`;
export const logsPath = (storeDir: string): string => `${storeDir}/logs`;
export const logPath = (storeDir: string, log: number): string => `${storeDir}/logs/${log}`;
export const segmentPath = (storeDir: string, log: number, segment: number): string =>
  `${storeDir}/logs/${log}/${segment}.seg`;
/** What the keeper knows of a segment without reading it again. */
export const indexPath = (storeDir: string, log: number, segment: number): string =>
  `${storeDir}/logs/${log}/${segment}.idx`;
/** What was decided about a log's history. */
export const ledgerPath = (storeDir: string, log: number): string => `${storeDir}/logs/${log}/ledger`;

/** The segment numbers among the names of a log's directory, lowest first. */
export const toSegmentNumbers = (names: readonly string[]): number[] => toNumbers(names, SEGMENT_NAME);

/** The segments of which an index is among the names of a log's directory, lowest first. */
export const toIndexNumbers = (names: readonly string[]): number[] => toNumbers(names, INDEX_NAME);

function toNumbers(names: readonly string[], pattern: RegExp): number[] {
  const numbers = names.map((name) => Number(pattern.exec(name)?.[1] ?? 0));
  return numbers.filter((number) => number > 0).sort((a, b) => a - b);
}

export const toLogNumbers = (names: readonly string[]): number[] =>
  names.filter((name) => LOG_NAME.test(name)).map(Number);
