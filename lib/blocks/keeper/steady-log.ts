import type { Log } from "@/lib/std/log";

/**
 * A log that says the same warning or error once, until it changes or a round goes by without it: upkeep meets a full disk, a
 * damaged file or a bug again every second.
 */
export class SteadyLog implements Log {
  readonly #log: Log;
  #before: ReadonlySet<string> = new Set();
  #met = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  nextRound(): void {
    this.#before = this.#met;
    this.#met = new Set();
  }

  debug(fields: object, message: string): void {
    this.#log.debug(fields, message);
  }

  info(fields: object, message: string): void {
    this.#log.info(fields, message);
  }

  warn(fields: object, message: string): void {
    if (this.#isNew(fields, message)) this.#log.warn(fields, message);
  }

  error(fields: object, message: string): void {
    if (this.#isNew(fields, message)) this.#log.error(fields, message);
  }

  #isNew(fields: object, message: string): boolean {
    const said = JSON.stringify([message, fields], (_, value) => (value instanceof Error ? value.message : value));
    const isNew = !this.#before.has(said) && !this.#met.has(said);
    this.#met.add(said);
    return isNew;
  }
}
