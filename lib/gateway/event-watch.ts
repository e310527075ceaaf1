import type { Moment, ServiceEvent } from "./backend";
import { type Deed, readDeed } from "./command-tag";
import type { Cycle } from "./cycle";
import { KEPT_DEEDS } from "./limits";
import type { StatementWords } from "./statement-words";
import { BACKEND, type TransactionStatus } from "./wire/backend";

interface Done extends Deed {
  readonly role: string;
}

interface Savepoint {
  /** As it is compared; undefined when its statement is not known. */
  readonly name: string | undefined;
  /** How many deeds came before it. */
  readonly deeds: number;
}

/** Whose commands they are. */
export interface Actor {
  readonly role: string;
  readonly cycle: Pick<Cycle, "status" | "statements">;
}

/**
 * Turns command tags into events. What a transaction did waits for its end: a COMMIT, or a ReadyForQuery outside of any
 * transaction. Its commit is that of the moment in whose part of the output that end lies; without one nothing was changed.
 * When in doubt the earlier moment is taken: an event must never be later than what it did.
 */
export class EventWatch {
  readonly #report: (events: readonly ServiceEvent[]) => void;
  readonly #position: () => number;
  #deeds: Done[] = [];
  #savepoints: Savepoint[] = [];
  #hasFailed = false;
  /** Whose output has not been read to its end. */
  #moments: Moment[] = [];
  /** Answered, and not in a commit yet: `synchronous_commit` is off. */
  #promised: Done[] = [];

  /** `position`: where the message ends that is noted, in bytes of all output. */
  constructor(report: (events: readonly ServiceEvent[]) => void, position: () => number) {
    this.#report = report;
    this.#position = position;
  }

  noteMoment(moment: Moment): void {
    this.#moments.push(moment);
    if (moment.commit > 0 && this.#promised.length > 0) this.#tell(this.#promised.splice(0), moment);
  }

  /** Looks at a message for a client, after that client's cycle has. */
  note(type: number, body: Buffer, actor: Actor): void {
    if (type === BACKEND.commandComplete) this.#noteCommand(body.toString("latin1", 0, body.length - 1), actor);
    else if (type === BACKEND.readyForQuery) this.#noteReady(actor.cycle.status);
    else if (type === BACKEND.error) this.#hasFailed = true;
  }

  /** What is not committed will not be. */
  drop(): void {
    this.#deeds = [];
    this.#savepoints = [];
  }

  #noteCommand(tag: string, { role, cycle }: Actor): void {
    if (tag === "COMMIT") this.#end();
    else if (CONTROLS.has(tag)) this.#noteControl(tag, cycle.statements.completed);
    else {
      const deed = readDeed(tag, () => cycle.statements.completed);
      if (deed && this.#deeds.length < KEPT_DEEDS) this.#deeds.push({ ...deed, role });
    }
  }

  #noteReady(status: TransactionStatus): void {
    if (status === "I" && this.#hasFailed) this.drop();
    this.#hasFailed = false;
    if (status === "I") this.#end();
    else this.#findMoment();
  }

  #noteControl(tag: string, words: StatementWords | undefined): void {
    const isKnown = words?.[0]?.toUpperCase() === tag;
    const name = isKnown ? findSavepoint(words) : undefined;
    if (tag === "SAVEPOINT") this.#savepoints.push({ name, deeds: this.#deeds.length });
    else if (name !== undefined) this.#leave(name, tag === "ROLLBACK");
    // All of it, or to a savepoint that is not known: then nothing is told that may not have happened.
    else if (tag === "ROLLBACK") this.drop();
  }

  #leave(name: string, isUndone: boolean): void {
    const index = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name);
    const savepoint = this.#savepoints[index];
    if (isUndone) this.#deeds.splice(savepoint?.deeds ?? 0);
    if (savepoint) this.#savepoints.splice(isUndone ? index + 1 : index);
  }

  /** A transaction has ended well with this message. */
  #end(): void {
    const moment = this.#findMoment();
    if (this.#deeds.length > 0 && moment) this.#settle(this.#deeds, moment);
    this.drop();
  }

  #settle(deeds: Done[], moment: Moment): void {
    const settled = moment.commit > 0 ? moment : this.#moments.find(({ commit }) => commit > 0);
    if (settled) this.#tell(deeds, settled);
    else this.#promised.push(...deeds);
  }

  #tell(deeds: readonly Done[], { commit, micros }: Moment): void {
    this.#report(deeds.map((deed) => ({ ...deed, commit, micros })));
  }

  /** The moment that an end in this message belongs to; forgets those before. */
  #findMoment(): Moment | undefined {
    const position = this.#position();
    let open: Moment | undefined;
    let first = this.#moments[0];
    while (first && first.outputBytes < position) {
      if (first.isOpen) open ??= first;
      this.#moments.shift();
      first = this.#moments[0];
    }
    if (open) return open;
    return first && first.fromBytes < position ? first : undefined;
  }
}

const CONTROLS = new Set(["SAVEPOINT", "RELEASE", "ROLLBACK"]);

/** `SAVEPOINT a`, `RELEASE [SAVEPOINT] a`, `ROLLBACK [WORK | TRANSACTION] TO [SAVEPOINT] a`. */
function findSavepoint(words: StatementWords): string | undefined {
  const [command = "", ...rest] = words;
  const skipped = command.toUpperCase() === "ROLLBACK" ? ["WORK", "TRANSACTION"] : [];
  let at = skipped.includes(rest[0]?.toUpperCase() ?? "") ? 1 : 0;
  if (command.toUpperCase() === "ROLLBACK" && rest[at++]?.toUpperCase() !== "TO") return undefined;
  if (command.toUpperCase() !== "SAVEPOINT" && rest[at]?.toUpperCase() === "SAVEPOINT" && rest[at + 1] !== ";") at++;
  const name = rest[at];
  return name?.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name?.toLowerCase();
}
