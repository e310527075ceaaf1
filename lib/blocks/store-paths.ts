const SEGMENT_NAME = /^([1-9]\d{0,9})\.seg$/;
const LOG_NAME = /^[1-9]\d{0,9}$/;

export const journalPath = (storeDir: string): string => `${storeDir}/journal`;
export const logsPath = (storeDir: string): string => `${storeDir}/logs`;
export const logPath = (storeDir: string, log: number): string => `${storeDir}/logs/${log}`;
export const segmentPath = (storeDir: string, log: number, segment: number): string =>
  `${storeDir}/logs/${log}/${segment}.seg`;

/** The segment numbers among the names of a log's directory, lowest first. */
export function toSegmentNumbers(names: readonly string[]): number[] {
  const numbers = names.map((name) => Number(SEGMENT_NAME.exec(name)?.[1] ?? 0));
  return numbers.filter((number) => number > 0).sort((a, b) => a - b);
}

export const toLogNumbers = (names: readonly string[]): number[] =>
  names.filter((name) => LOG_NAME.test(name)).map(Number);
