/** What has been started and how to end it: ended in reverse order, each whatever became of the others. */
export class Closers {
  readonly #onFailure: (what: string, error: unknown) => void;
  readonly #closers: { what: string; close(): Promise<void> }[] = [];

  constructor(onFailure: (what: string, error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  add(what: string, close: () => Promise<void>): void {
    this.#closers.push({ what, close });
  }

  async closeAll(): Promise<void> {
    for (let closer = this.#closers.pop(); closer; closer = this.#closers.pop()) {
      const { what, close } = closer;
      await close().catch((error) => this.#onFailure(what, error));
    }
  }
}
