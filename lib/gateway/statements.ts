import { KEPT_HEAD_BYTES, KEPT_NAMES } from "./limits";
import { readStatements, readWords, type StatementWords } from "./statement-words";
import { FRONTEND, HEADER_BYTES } from "./wire/frontend";

const NOTHING = Buffer.alloc(0);

/**
 * Which statement a CommandComplete answers, by its first words. Of prepared statements only those words are kept, and only
 * where they may name what an event was done to; of a simple query its message, until it is answered.
 */
export class Statements {
  readonly #prepared = new Map<string, StatementWords>();
  readonly #portals = new Map<string, StatementWords>();
  #executing: (StatementWords | undefined)[] = [];
  #completed: StatementWords | undefined;
  #query: Buffer = NOTHING;
  /** Of the query's statements; read once, when the first of them matters: a script of thousands would be read as often. */
  #wordsOfQuery: StatementWords[] | undefined;
  #completedOfQuery = 0;

  /** The first words of the statement that was completed last; undefined when they are not known. */
  get completed(): StatementWords | undefined {
    if (this.#completedOfQuery === 0) return this.#completed;
    this.#wordsOfQuery ??= readStatements(textOf(this.#query));
    return this.#wordsOfQuery[this.#completedOfQuery - 1];
  }

  /** Looks at a message that was passed on; of one that is passed on in parts, at the first part. */
  note(message: Buffer, isWhole: boolean): void {
    const type = message[0];
    if (type === FRONTEND.query) this.#beginQuery(isWhole ? message : NOTHING);
    else if (type === FRONTEND.parse) this.#notePrepared(message);
    else if (type === FRONTEND.bind) this.#notePortal(message);
    else if (type === FRONTEND.execute) this.#executing.push(this.#portals.get(readText(message, HEADER_BYTES)));
    else if (type === FRONTEND.close && message[HEADER_BYTES] === STATEMENT)
      this.#prepared.delete(readText(message, HEADER_BYTES + 1));
  }

  /** An Execute was answered. */
  completeExecute(): void {
    this.#completed = this.#executing.shift();
    this.#completedOfQuery = 0;
  }

  /** One of the statements of a Query was completed. */
  completeOfQuery(): void {
    this.#completedOfQuery++;
  }

  /** So many of the newest Executes are still under way; the others were skipped after an error. */
  trim(executes: number): void {
    if (this.#executing.length > executes) this.#executing.splice(0, this.#executing.length - executes);
  }

  /** ReadyForQuery: nothing of a statement's text is kept any longer. */
  end(): void {
    this.#beginQuery(NOTHING);
    this.#completed = undefined;
  }

  #beginQuery(message: Buffer): void {
    this.#query = message;
    this.#wordsOfQuery = undefined;
    this.#completedOfQuery = 0;
  }

  #notePrepared(message: Buffer): void {
    const name = readText(message, HEADER_BYTES);
    const from = HEADER_BYTES + name.length + 1;
    const isOfInterest = this.#prepared.size < KEPT_NAMES && mayMatter(message[from]);
    if (isOfInterest) this.#prepared.set(name, readWords(message.toString("utf8", from, from + KEPT_HEAD_BYTES)));
    else this.#prepared.delete(name);
  }

  #notePortal(message: Buffer): void {
    if (this.#prepared.size === 0 && this.#portals.size === 0) return;
    const portal = readText(message, HEADER_BYTES);
    const words = this.#prepared.get(readText(message, HEADER_BYTES + portal.length + 1));
    if (words && this.#portals.size < KEPT_NAMES) this.#portals.set(portal, words);
    else this.#portals.delete(portal);
  }
}

/** `S` of a Close: a statement, not a portal. */
const STATEMENT = 0x53;

// ALTER, CREATE, DELETE, DROP, IMPORT, MERGE, REASSIGN, RELEASE, ROLLBACK, SAVEPOINT, TRUNCATE, UPDATE, a space or a comment.
const FIRST = new Set([..."acdimrstuACDIMRSTU \n\r\t-/"].map((character) => character.charCodeAt(0)));
const mayMatter = (first: number | undefined): boolean => first !== undefined && FIRST.has(first);

/** A text up to its NUL, byte by byte: names are only compared. */
function readText(message: Buffer, from: number): string {
  const end = message.indexOf(0, from);
  return message.toString("latin1", from, end < 0 ? message.length : end);
}

const textOf = (message: Buffer): string =>
  message.toString("utf8", HEADER_BYTES, Math.max(HEADER_BYTES, message.length - 1));
