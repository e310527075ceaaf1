const WARN = 40;
const FATAL = 60;

/** The sentence of a log line that a person at the terminal should see: warnings and worse; undefined for all others. */
export function findImportant(line: string): { sentence: string; fatal: boolean } | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { level, msg } = JSON.parse(line) as { level?: unknown; msg?: unknown };
    if (typeof level !== "number" || typeof msg !== "string" || level < WARN) return undefined;
    return { sentence: msg, fatal: level >= FATAL };
  } catch {
    return undefined;
  }
}
