/** What `npm start` says to the person at the terminal: little, and one thing a line. */
export interface Terminal {
  say(line: string): void;
  /** Something went wrong and is being dealt with. */
  warn(line: string): void;
}

/** Writes to the terminal, or to whatever took its place; a reader that has gone is no reason to die. */
export function openTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  return {
    say: (line) => void process.stdout.write(`${line}\n`),
    warn: (line) => void process.stderr.write(`${line}\n`),
  };
}
