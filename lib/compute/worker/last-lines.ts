/** As many as Postgres prints about one error. */
const LINES_MAX = 20;

/**
 * What Postgres printed while it started, for the log of a failed start. From the first client on nothing is kept: Postgres
 * prints the statements of clients, and those hold passwords.
 */
export class LastLines {
  #lines: string[] = [];
  #isClosed = false;

  close(): void {
    this.#isClosed = true;
    this.#lines = [];
  }

  add(line: string): void {
    if (this.#isClosed) return;
    this.#lines.push(line);
    if (this.#lines.length > LINES_MAX) this.#lines.shift();
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}
