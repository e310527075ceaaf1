/**
 * Questions of one kind to a worker that answers one at a time. Whoever asks while one is under way may have changed
 * something that it does not cover, and shares the next one.
 */
export class Requests<Answer> {
  readonly #send: () => void;
  readonly #whenEnded: Answer;
  #current: ((answer: Answer) => void)[] = [];
  #next: ((answer: Answer) => void)[] = [];
  #over = false;

  constructor(send: () => void, whenEnded: Answer) {
    this.#send = send;
    this.#whenEnded = whenEnded;
  }

  ask(): Promise<Answer> {
    if (this.#over) return Promise.resolve(this.#whenEnded);
    return new Promise((resolve) => {
      if (this.#current.length > 0) this.#next.push(resolve);
      else {
        this.#current.push(resolve);
        this.#send();
      }
    });
  }

  answer(answer: Answer): void {
    const answered = this.#current;
    this.#current = this.#next;
    this.#next = [];
    if (this.#current.length > 0) this.#send();
    for (const resolve of answered) resolve(answer);
  }

  /** The worker has ended: nobody will answer any more. */
  end(): void {
    this.#over = true;
    for (const resolve of [...this.#current.splice(0), ...this.#next.splice(0)]) resolve(this.#whenEnded);
  }
}
