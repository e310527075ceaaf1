import { assert } from "@/lib/std/assert";
import type { CancelTimer, Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import type { Backend, ServiceEvent } from "./backend";
import type { CustomSettings } from "./custom-settings";
import type { Cycle } from "./cycle";
import { EventWatch } from "./event-watch";
import type { GatewayLimits } from "./limits";
import { type Answer, AnswerCollector, askAside, askSimply, type Question } from "./question";
import {
  type Baseline,
  composeAttach,
  composeCleanup,
  composeProbe,
  composeReport,
  composeRestore,
  findFunctionNames,
  findPins,
  findReports,
  PROBE_STATEMENT,
  toBaseline,
} from "./session-state";
import { BACKEND, decodeParameterStatus, type ErrorFields } from "./wire/backend";
import { BackendReader } from "./wire/backend-reader";
import { encodeMessage, SYNC } from "./wire/frontend";
import type { Setting } from "./wire/startup-options";

/** A client as its turns see it. */
export interface TurnTaker {
  readonly cycle: Cycle;
  readonly role: string;
  readonly settings: readonly Setting[];
  /** Custom settings that its statements may have set. */
  readonly custom: CustomSettings;
  /** Parameters as this client was last told. */
  readonly parameters: Map<string, string>;
  /** It has left; what it began has to be ended. */
  readonly isGone: boolean;
  /** Nothing of a client that has left remains to be sent. */
  readonly isUnwound: boolean;
  /** Its next message relies on the unnamed statement that it parsed in an earlier turn. */
  readonly needsUnnamed: boolean;
  /** How people who wait are told of it. */
  describe(): string;
  /** The backend is its own; `error` when its settings were refused. It may send when `resume` is called next. */
  begin(error: ErrorFields | undefined): void;
  /** Something has moved: it may go on. */
  resume(): void;
  /** It waited in vain. */
  refuse(error: ErrorFields): void;
  /** Output for this client; a promise holds further output back. */
  deliver(chunk: Buffer): Promise<void> | undefined;
  tellParameter(name: string, value: string): void;
}

interface Waiter {
  readonly taker: TurnTaker;
  readonly cancelTimer: CancelTimer;
}

export interface TurnsOptions {
  readonly backend: Backend;
  readonly limits: GatewayLimits;
  readonly clock: Clock;
  readonly log: Log;
  onEvents(events: readonly ServiceEvent[]): void;
}

// A cancel meant for a client that has just finished may hit the gateway's own statement, and so may the aftermath of
// what a client did (a Query among extended messages leaves Postgres in a state that the next statement trips over).
const ATTEMPTS = 3;
const NO_BASELINE: Baseline = { settings: new Map(), sessionUser: "" };

/**
 * One backend and the clients that take turns on it. Invariants: output goes to the owner, or to the gateway's own
 * question, never to anybody else; the owner changes only when its cycle is complete and nothing pins it; before a new
 * owner's first byte the session was reset and given that client's settings.
 */
export class Turns {
  readonly #backend: Backend;
  readonly #limits: GatewayLimits;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #reader = new BackendReader((type) => this.#keeps(type));
  readonly #parameters: Map<string, string>;
  readonly #waiters: Waiter[] = [];
  readonly #events: EventWatch;
  #owner: TurnTaker | undefined;
  #ownedSinceMs = 0;
  #baseline = NO_BASELINE;
  #pins: readonly string[] = [];
  #needsProbe = true;
  #needsRestore = false;
  // An embedded Postgres sends no ParameterStatus of its own; then the gateway asks and tells.
  #isSilent = false;
  #needsReport = false;
  #hasNewFunctions = true;
  #functionNames: readonly string[] = [];
  #isChanging = false;
  #isBroken = false;
  #question: { collector: AnswerCollector; done(): void } | undefined;

  constructor({ backend, limits, clock, log, onEvents }: TurnsOptions) {
    this.#backend = backend;
    this.#limits = limits;
    this.#clock = clock;
    this.#log = log;
    this.#parameters = new Map(backend.parameters);
    this.#events = new EventWatch(onEvents, () => this.#reader.position);
  }

  /** Begins to read the backend's output. */
  start(): void {
    this.#backend.onMoment?.((moment) => this.#events.noteMoment(moment));
    this.#backend.onOutput((chunk) => this.#receive(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
  }

  /** Values that a fresh session reports. */
  get parameters(): ReadonlyMap<string, string> {
    return this.#backend.parameters;
  }

  /** Somebody waits for the owner to finish. */
  get isContended(): boolean {
    return this.#waiters.length > 0;
  }

  /** The owner is in the middle of receiving a message. */
  get isMidMessage(): boolean {
    return this.#reader.isMidMessage;
  }

  isOwner(taker: TurnTaker): boolean {
    return this.#owner === taker;
  }

  isWaiting(taker: TurnTaker): boolean {
    return this.#waiters.some((waiter) => waiter.taker === taker);
  }

  /** The owner may send; not while the gateway itself asks something. */
  maySend(taker: TurnTaker): boolean {
    return this.#owner === taker && !this.#isChanging;
  }

  /** What keeps the backend with this client, as far as it was asked since it last sent something. */
  pinsOf(taker: TurnTaker): readonly string[] {
    return this.#owner === taker ? this.#pins : [];
  }

  /** Queues for a turn; nothing happens when the client has one or waits already. */
  request(taker: TurnTaker): void {
    if (this.#owner === taker || this.isWaiting(taker)) return;
    const cancelTimer = this.#clock.after(this.#limits.waitMs, () => {
      if (this.withdraw(taker)) taker.refuse(this.#describeWait());
    });
    this.#waiters.push({ taker, cancelTimer });
    this.settle();
  }

  /** Stops waiting; false when it did not wait. */
  withdraw(taker: TurnTaker): boolean {
    const index = this.#waiters.findIndex((waiter) => waiter.taker === taker);
    if (index < 0) return false;
    this.#waiters.splice(index, 1)[0]?.cancelTimer();
    return true;
  }

  /** Sends the owner's bytes on; resolves when there is room for more. */
  write(taker: TurnTaker, bytes: Buffer): Promise<void> {
    assert(this.maySend(taker), "only the owner of the turn writes to the backend");
    this.#needsProbe = true;
    this.#pins = [];
    return this.#backend.write(bytes);
  }

  /** Asks the owner's running statement to stop. Nobody else's: a cancel that comes late does nothing. */
  cancel(taker: TurnTaker): void {
    if (this.maySend(taker) && taker.cycle.isBusy) this.#backend.cancel();
  }

  /** Looks whether the owner has to change, and changes it. Called whenever something has moved. */
  settle(): void {
    if (this.#isChanging || !this.#mayChange()) return;
    this.#isChanging = true;
    this.#change().then(
      () => this.#endChange(),
      (error: unknown) => {
        // The backend has ended; its exit tells the clients.
        this.#isBroken = true;
        this.#log.warn({ err: error }, "a change of turns was cut off");
      },
    );
  }

  #endChange(): void {
    this.#isChanging = false;
    this.#owner?.resume();
    this.settle();
  }

  #mayChange(): boolean {
    if (this.#isBroken) return false;
    const owner = this.#owner;
    if (!owner) return this.isContended;
    if (owner.isGone) return owner.isUnwound && owner.cycle.isQuiet;
    if (!owner.cycle.isComplete) return false;
    return this.#needsRestore || this.#needsReport || (this.isContended && this.#needsProbe);
  }

  async #change(): Promise<void> {
    while (this.#mayChange()) {
      const owner = this.#owner;
      if (owner?.isGone) await this.#cleanUp(owner);
      else if (owner && this.#needsRestore) await this.#restore(owner);
      else if (owner && this.#needsReport) await this.#report(owner);
      else if (owner) await this.#probe(owner);
      else return this.#attachNext();
    }
  }

  async #cleanUp(owner: TurnTaker): Promise<void> {
    this.#events.drop();
    const texts = composeCleanup(this.#baseline.sessionUser, owner.cycle.status !== "I");
    const { error } = await this.#ask(askSimply(...texts));
    if (error) this.#log.error({ code: error.code, message: error.message }, "a session could not be cleaned up");
    this.#owner = undefined;
  }

  /** RESET and DISCARD ALL also take what the client asked for when it connected; on a server of its own they would not. */
  async #restore(owner: TurnTaker): Promise<void> {
    this.#needsRestore = false;
    await this.#ask(askAside(PROBE_STATEMENT, composeRestore(owner.settings)));
    this.#tellParameters(owner);
  }

  async #report(owner: TurnTaker): Promise<void> {
    this.#needsReport = false;
    const names = [...this.#backend.parameters.keys()];
    const { rows } = await this.#ask(askAside(PROBE_STATEMENT, composeReport(names)));
    for (const [index, name] of names.entries()) this.#parameters.set(name, rows[0]?.[index] ?? "");
    this.#tellParameters(owner);
  }

  async #probe(owner: TurnTaker): Promise<void> {
    this.#needsProbe = false;
    this.#pins = await this.#findPins(owner);
    if (this.#pins.length > 0 || owner.isGone) return;
    this.#owner = undefined;
    owner.resume();
  }

  async #findPins(owner: TurnTaker): Promise<string[]> {
    const { custom, cycle } = owner;
    const readsFunctions = this.#hasNewFunctions;
    this.#hasNewFunctions = false;
    const names = new Set([...custom.names, ...this.#functionNames]);
    const { rows, error } = await this.#ask(askAside(PROBE_STATEMENT, composeProbe({ names, readsFunctions })));
    if (!rows[0]) return [`a state that could not be read (${error?.message})`];
    const found = findFunctionNames(rows[0]);
    if (readsFunctions) this.#functionNames = found;
    // They were asked for in this answer only; whether they are set is the next question.
    if (found.length > 0) return this.#findPins(owner);
    const pins = findPins(rows[0], this.#baseline);
    if (custom.isOverfull) pins.push("custom settings");
    if (cycle.unnamed === "tooLong") pins.push("a long unnamed prepared statement");
    return pins;
  }

  async #attachNext(): Promise<void> {
    const waiter = this.#waiters.shift();
    assert(waiter, "a turn is given to somebody who waits");
    waiter.cancelTimer();
    const { taker } = waiter;
    // Already the owner while its settings are applied, or what it sends meanwhile would queue it a second time.
    this.#owner = taker;
    this.#ownedSinceMs = this.#clock.nowMs();
    this.#pins = [];
    this.#needsProbe = true;
    this.#needsRestore = this.#needsReport = false;
    const replayed = taker.needsUnnamed ? taker.cycle.unnamed : undefined;
    const { bytes } = askSimply(composeAttach(taker.settings));
    const { rows, error } = await this.#ask(
      replayed instanceof Buffer ? { bytes: Buffer.concat([bytes, replayed, SYNC]), cycles: 2 } : { bytes, cycles: 1 },
    );
    this.#baseline = toBaseline(taker.settings, rows);
    if (!error) this.#noteReports(taker);
    this.#tellParameters(taker);
    taker.begin(error);
  }

  /** Finds out whether the backend reports changes itself, and if not, does it in its place. */
  #noteReports(taker: TurnTaker): void {
    const expected = findReports(this.#backend.parameters, this.#baseline);
    const isTold = taker.settings.every(({ name }) => this.#parameters.get(name) === expected.get(name));
    this.#isSilent ||= !isTold;
    if (this.#isSilent) for (const [name, value] of expected) this.#parameters.set(name, value);
  }

  #tellParameters(taker: TurnTaker): void {
    for (const [name, value] of this.#parameters) {
      if (taker.parameters.get(name) === value) continue;
      taker.parameters.set(name, value);
      taker.tellParameter(name, value);
    }
  }

  async #ask(question: Question): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#askOnce(question);
      if (!answer.error || attempt === ATTEMPTS) return answer;
    }
  }

  async #askOnce(question: Question): Promise<Answer> {
    const collector = new AnswerCollector(question);
    const answered = new Promise<void>((resolve) => {
      this.#question = { collector, done: resolve };
    });
    await this.#backend.write(question.bytes);
    await answered;
    return collector.answer;
  }

  #keeps(type: number): boolean {
    if (type === BACKEND.readyForQuery || type === BACKEND.parameterStatus || type === BACKEND.commandComplete)
      return true;
    return this.#question !== undefined && ANSWER_TYPES.has(type);
  }

  #receive(chunk: Buffer): Promise<void> | undefined {
    const question = this.#question;
    if (question) {
      this.#reader.read(chunk, (type, body) => this.#receiveAnswer(question.collector, type, body));
      if (!question.collector.isComplete) return undefined;
      this.#question = undefined;
      question.done();
      return undefined;
    }
    const owner = this.#owner;
    if (!owner) {
      this.#reader.read(chunk, (type, body) => this.#noteParameter(type, body));
      return undefined;
    }
    this.#reader.read(chunk, (type, body) => this.#receiveForOwner(owner, type, body));
    const held = owner.deliver(chunk);
    this.settle();
    owner.resume();
    return held;
  }

  #receiveAnswer(collector: AnswerCollector, type: number, body: Buffer): void {
    this.#noteParameter(type, body);
    collector.receive(type, body);
    if (type === BACKEND.notification) this.#owner?.deliver(encodeMessage(type, body));
  }

  #receiveForOwner(owner: TurnTaker, type: number, body: Buffer): void {
    owner.cycle.answer(type, body);
    if (type === BACKEND.parameterStatus) owner.parameters.set(...decodeParameterStatus(body));
    if (type === BACKEND.commandComplete) this.#noteTag(owner, body.toString("latin1"));
    this.#events.note(type, body, owner);
    this.#noteParameter(type, body);
  }

  #noteTag(owner: TurnTaker, tag: string): void {
    if (this.#isSilent && CHANGES_SETTINGS.test(tag)) this.#needsReport = true;
    if (RESETS.has(tag)) this.#needsRestore = owner.settings.length > 0;
    else if (MAY_CREATE_FUNCTIONS.test(tag)) this.#hasNewFunctions = true;
  }

  #noteParameter(type: number, body: Buffer): void {
    if (type === BACKEND.parameterStatus) this.#parameters.set(...decodeParameterStatus(body));
  }

  #describeWait(): ErrorFields {
    const seconds = Math.round(this.#limits.waitMs / 1000);
    const owner = this.#owner;
    const holder = owner?.isGone === false ? owner.describe() : "a client that has left";
    const since = `${new Date(this.#ownedSinceMs).toISOString().slice(11, 19)} UTC`;
    return {
      severity: "ERROR",
      code: "55P03",
      message: `no turn on this database within ${seconds} s: ${holder} has held it since ${since}`,
      detail: this.#describeHold(),
      hint: "Clients of one service take turns, a transaction each. End that client's transaction or its session state.",
    };
  }

  #describeHold(): string {
    const owner = this.#owner;
    if (this.#pins.length > 0) return `It keeps its session because of ${this.#pins.join(", ")}.`;
    return owner && owner.cycle.status !== "I" ? "It is in a transaction." : "It is running a statement.";
  }
}

const ANSWER_TYPES = new Set<number>([BACKEND.dataRow, BACKEND.error, BACKEND.notification]);
const MAY_CREATE_FUNCTIONS = /^(?:CREATE (?:FUNCTION|PROCEDURE|EXTENSION)|ALTER|DO|CALL)/;
const CHANGES_SETTINGS = /^(?:SET|RESET|DISCARD ALL)\0/;
const RESETS = new Set(["RESET\0", "DISCARD ALL\0"]);
