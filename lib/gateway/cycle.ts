import { KEPT_STATEMENT_BYTES } from "./limits";
import { Statements } from "./statements";
import { BACKEND, decodeReadyForQuery, type TransactionStatus } from "./wire/backend";
import { FRONTEND, HEADER_BYTES } from "./wire/frontend";

/**
 * What to do with a client's next message: pass it on, leave it out (Postgres would ignore it), keep it until the
 * backend has said more, the same after asking the backend to flush, or end the client.
 */
export type Verdict = "forward" | "drop" | "hold" | "holdAndFlush" | "violation";

// Entries of the queue are message types; the two that touch the unnamed statement have a mark of their own.
const UNNAMED = 0x100;
const isExtended = (entry: number): boolean => {
  const type = entry & 0xff;
  return type !== FRONTEND.query && type !== FRONTEND.functionCall && type !== FRONTEND.sync;
};
const isAlone = (entry: number): boolean => entry === FRONTEND.query || entry === FRONTEND.functionCall;

// Which message of the extended protocol an answer completes.
const ANSWERS = new Map<number, number>([
  [BACKEND.parseComplete, FRONTEND.parse],
  [BACKEND.bindComplete, FRONTEND.bind],
  [BACKEND.closeComplete, FRONTEND.close],
  [BACKEND.rowDescription, FRONTEND.describe],
  [BACKEND.noData, FRONTEND.describe],
  [BACKEND.commandComplete, FRONTEND.execute],
  [BACKEND.emptyQuery, FRONTEND.execute],
  [BACKEND.portalSuspended, FRONTEND.execute],
]);

/** The unnamed statement of one client: none, its Parse message, or one that is too long to be kept. */
export type UnnamedStatement = Buffer | "tooLong" | undefined;

/**
 * What is under way between one client and the backend. It mirrors which messages the backend has still to answer, in
 * order, so that "nothing is under way" is exact even after errors (the backend then ignores everything up to a Sync) and
 * in COPY (where it swallows Sync and Flush, and anything unexpected would end it).
 *
 * Invariants: messages wait behind a Query or FunctionCall until it is answered; behind an Execute that may be a COPY only
 * Sync and Flush are sent; the data of a COPY is sent only while the backend asks for it.
 */
export class Cycle {
  /** What was sent, as far as events need it. */
  readonly statements = new Statements();
  #unanswered: number[] = [];
  #parsing: UnnamedStatement[] = [];
  #executes = 0;
  #ends = 0;
  #isAlone = false;
  #isCopyIn = false;
  #isSkipping = false;
  #isUnsynced = false;
  #mayCopy = false;
  #status: TransactionStatus = "I";
  #unnamed: UnnamedStatement;

  get status(): TransactionStatus {
    return this.#status;
  }

  /** A COPY waits for this client's data. */
  get isCopyIn(): boolean {
    return this.#isCopyIn;
  }

  /** Extended messages were sent and no Sync after them. */
  get isUnsynced(): boolean {
    return this.#isUnsynced;
  }

  /** The backend owes an answer. */
  get isBusy(): boolean {
    return this.#unanswered.length > 0;
  }

  /** Everything was answered and nothing begun waits for its end; a transaction may be open. */
  get isQuiet(): boolean {
    return !this.isBusy && !this.#isUnsynced && !this.#isCopyIn;
  }

  /** Quiet, and no transaction is open: another client may have the next turn. */
  get isComplete(): boolean {
    return this.isQuiet && this.#status === "I";
  }

  /** Everything sent so far ends with a Sync or a Query, so a next message would begin something new. */
  get isAtBoundary(): boolean {
    return this.isBusy && !this.#isUnsynced && !this.#isCopyIn;
  }

  /** How many ReadyForQuery the backend owes. */
  get pending(): number {
    return this.#ends;
  }

  get unnamed(): UnnamedStatement {
    return this.#unnamed;
  }

  /**
   * Decides about the next message and, when it is to be passed on, remembers it. `message` begins with the header; for
   * one that is passed on in parts it is the first part and `isWhole` is false.
   */
  admit(message: Buffer, isWhole: boolean): Verdict {
    const type = message[0] ?? 0;
    if (this.#isCopyIn) return this.#admitInCopy(type);
    if (this.#isAlone) return "hold";
    if (isCopyMessage(type)) return this.#executes > 0 ? "holdAndFlush" : "drop";
    if (type === FRONTEND.sync) return this.#admitSync();
    if (this.#isSkipping) return "drop";
    if (type === FRONTEND.flush) return "forward";
    if (this.#mayCopy && this.#executes > 0) return "holdAndFlush";
    this.#push(message, isWhole);
    return "forward";
  }

  #admitInCopy(type: number): Verdict {
    if (type === FRONTEND.copyData) return "forward";
    if (type === FRONTEND.sync || type === FRONTEND.flush) return "drop";
    if (!isCopyMessage(type)) return "violation";
    this.#isCopyIn = false;
    return "forward";
  }

  #admitSync(): Verdict {
    this.#isSkipping = false;
    this.#isUnsynced = false;
    this.#ends++;
    this.#unanswered.push(FRONTEND.sync);
    return "forward";
  }

  #push(message: Buffer, isWhole: boolean): void {
    this.statements.note(message, isWhole);
    const type = message[0] ?? 0;
    if (isAlone(type)) {
      this.#isAlone = true;
      this.#ends++;
    } else this.#isUnsynced = true;
    if (type === FRONTEND.execute) this.#executes++;
    if (type === FRONTEND.parse && !this.#mayCopy) this.#mayCopy = !isWhole || mentionsCopy(message);
    const isUnnamed = touchesUnnamed(message);
    if (isUnnamed && type === FRONTEND.parse) this.#parsing.push(keepStatement(message, isWhole));
    this.#unanswered.push(isUnnamed ? type | UNNAMED : type);
  }

  /** Takes note of a message from the backend. */
  answer(type: number, body: Buffer): void {
    if (type === BACKEND.commandComplete && this.#unanswered[0] === FRONTEND.query) this.statements.completeOfQuery();
    const answered = ANSWERS.get(type);
    if (answered !== undefined) this.#settle(answered);
    else if (type === BACKEND.readyForQuery) this.#ready(decodeReadyForQuery(body));
    else if (type === BACKEND.error) this.#fail();
    else if (type === BACKEND.copyIn) this.#beginCopy();
  }

  /** The oldest message is answered, if it is of this type; the answers to a Query look alike and are left alone. */
  #settle(type: number): void {
    const entry = this.#unanswered[0];
    if (entry === undefined || (entry & 0xff) !== type) return;
    this.#unanswered.shift();
    if (type === FRONTEND.execute) {
      this.#executes--;
      this.statements.completeExecute();
    }
    if (entry === (FRONTEND.parse | UNNAMED)) this.#unnamed = this.#parsing.shift();
    if (entry === (FRONTEND.close | UNNAMED)) this.#unnamed = undefined;
  }

  #ready(status: TransactionStatus): void {
    let entry = this.#unanswered.shift();
    while (entry !== undefined && isExtended(entry)) entry = this.#unanswered.shift();
    if (entry === FRONTEND.query) this.#unnamed = undefined;
    // A Query also ends what extended messages before it began.
    if (entry !== undefined && isAlone(entry)) this.#isUnsynced = false;
    this.#isCopyIn = false;
    this.#status = status;
    this.statements.end();
    this.#recount();
  }

  /** After an error in an extended message the backend reads on to the next Sync and answers nothing before it. */
  #fail(): void {
    this.#isCopyIn = false;
    const failed = this.#unanswered[0];
    if (failed === undefined || !isExtended(failed)) return;
    // A Parse of the unnamed statement drops the one before it, also when it fails.
    if (failed === (FRONTEND.parse | UNNAMED)) this.#unnamed = undefined;
    const sync = this.#unanswered.indexOf(FRONTEND.sync);
    this.#isSkipping = sync < 0;
    this.#unanswered = sync < 0 ? [] : this.#unanswered.slice(sync);
    this.#recount();
  }

  #beginCopy(): void {
    this.#isCopyIn = true;
    if (this.#unanswered[0] !== FRONTEND.execute) return;
    // Only Sync follows an Execute that may be a COPY, and it is swallowed.
    this.#unanswered.length = 1;
    this.#isUnsynced = true;
    this.#recount();
  }

  #recount(): void {
    this.#isAlone = this.#unanswered.some(isAlone);
    if (this.#unanswered.length === 0) {
      this.#executes = this.#ends = this.#parsing.length = 0;
      this.statements.trim(0);
      return;
    }
    this.#ends = this.#unanswered.filter((entry) => !isExtended(entry)).length;
    this.#executes = this.#unanswered.filter((entry) => entry === FRONTEND.execute).length;
    this.statements.trim(this.#executes);
    const parses = this.#unanswered.filter((entry) => entry === (FRONTEND.parse | UNNAMED)).length;
    this.#parsing.splice(0, this.#parsing.length - parses);
  }
}

const isCopyMessage = (type: number): boolean =>
  type === FRONTEND.copyData || type === FRONTEND.copyDone || type === FRONTEND.copyFail;

const mentionsCopy = (message: Buffer): boolean => /copy/i.test(message.toString("latin1", HEADER_BYTES));

function touchesUnnamed(message: Buffer): boolean {
  if (message[0] === FRONTEND.parse) return message[HEADER_BYTES] === 0;
  return message[0] === FRONTEND.close && message[HEADER_BYTES] === 0x53 && message[HEADER_BYTES + 1] === 0;
}

// A copy, because the message is a view on a much larger chunk of the socket's.
const keepStatement = (message: Buffer, isWhole: boolean): UnnamedStatement =>
  isWhole && message.length <= KEPT_STATEMENT_BYTES ? Buffer.from(message) : "tooLong";
