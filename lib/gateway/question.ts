import { BACKEND, decodeDataRow, decodeError, type ErrorFields } from "./wire/backend";
import { encodeBind, encodeCloseStatement, encodeExecute, encodeParse, encodeQuery, SYNC } from "./wire/frontend";

/** What came back of the gateway's own statements. */
export interface Answer {
  readonly rows: (string | null)[][];
  readonly error: ErrorFields | undefined;
}

/** Statements of the gateway's own, whose output no client sees. */
export interface Question {
  readonly bytes: Buffer;
  /** How many ReadyForQuery end it. */
  readonly cycles: number;
}

/** Statements in the simple protocol, each text a cycle of its own. They drop the unnamed statement. */
export const askSimply = (...texts: string[]): Question => ({
  bytes: Buffer.concat(texts.map(encodeQuery)),
  cycles: texts.length,
});

/** One statement in the extended protocol under a name of its own; the unnamed statement stays. */
export const askAside = (name: string, text: string): Question => ({
  bytes: Buffer.concat([
    encodeCloseStatement(name),
    encodeParse(name, text),
    encodeBind(name, name),
    encodeExecute(name),
    encodeCloseStatement(name),
    SYNC,
  ]),
  cycles: 1,
});

/** Collects the answer to a question from the backend's messages. */
export class AnswerCollector {
  readonly #rows: (string | null)[][] = [];
  #error: ErrorFields | undefined;
  #cyclesLeft: number;

  constructor(question: Question) {
    this.#cyclesLeft = question.cycles;
  }

  receive(type: number, body: Buffer): void {
    if (type === BACKEND.dataRow) this.#rows.push(decodeDataRow(body));
    if (type === BACKEND.error) this.#error ??= decodeError(body);
    if (type === BACKEND.readyForQuery) this.#cyclesLeft--;
  }

  get isComplete(): boolean {
    return this.#cyclesLeft === 0;
  }

  get answer(): Answer {
    return { rows: this.#rows, error: this.#error };
  }
}
