/** As many as Postgres prints about one error. */
const LINES_MAX = 20;

/** What Postgres printed last: its own log, of use only when it ends unexpectedly. */
export class LastLines {
  readonly #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LINES_MAX) this.#lines.shift();
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}
