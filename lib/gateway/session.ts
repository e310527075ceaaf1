import type { Clock } from "@/lib/std/clock";
import type { ClientInfo } from "./backend";
import { CustomSettings } from "./custom-settings";
import { Cycle, type Verdict } from "./cycle";
import { FrontendInput, type InputUnit } from "./frontend-input";
import { type GatewayLimits, PIPELINED_CYCLES, WHOLE_MESSAGE_BYTES } from "./limits";
import type { Turns, TurnTaker } from "./turns";
import { Unwinding } from "./unwinding";
import { type ErrorFields, encodeError, encodeParameterStatus, fatal, READY_IDLE } from "./wire/backend";
import { FLUSH, FRONTEND } from "./wire/frontend";
import type { Setting } from "./wire/startup-options";

/** The client's end of the line, as a session needs it. */
export interface SessionPeer {
  readonly address: string;
  /** Sends bytes; a promise when the client is slower than they come. */
  send(bytes: Buffer): Promise<void> | undefined;
  setPaused(isPaused: boolean): void;
  /** Sends last bytes, if any, and hangs up. */
  hangUp(lastBytes?: Buffer): Promise<void>;
}

export interface SessionOptions {
  readonly turns: Turns;
  readonly peer: SessionPeer;
  readonly role: string;
  readonly settings: readonly Setting[];
  readonly limits: GatewayLimits;
  readonly clock: Clock;
  /** Called once, when the client is gone. */
  readonly onEnd: () => void;
}

type Ruling = Exclude<Verdict, "violation">;

/** One authenticated client: cuts its stream into messages, takes turns, and ends what it began when it leaves. */
export class Session implements TurnTaker {
  readonly cycle = new Cycle();
  readonly custom = new CustomSettings();
  readonly settings: readonly Setting[];
  readonly parameters = new Map<string, string>();
  readonly #options: SessionOptions;
  readonly #turns: Turns;
  readonly #peer: SessionPeer;
  readonly #input = new FrontendInput();
  readonly #connectedAtMs: number;
  #lastActiveAtMs: number;
  #unwinding: Unwinding | undefined;
  #isWriting = false;
  #isDroppingRest = false;
  #isRefused = false;
  #hasFlushed = false;
  #onFirstTurn: ((error: ErrorFields | undefined) => void) | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#turns = options.turns;
    this.#peer = options.peer;
    this.settings = options.settings;
    this.#connectedAtMs = options.clock.nowMs();
    this.#lastActiveAtMs = this.#connectedAtMs;
  }

  get role(): string {
    return this.#options.role;
  }

  get isGone(): boolean {
    return this.#unwinding !== undefined;
  }

  get isUnwound(): boolean {
    return this.#unwinding?.isPadded === true && !this.#isWriting;
  }

  get needsUnnamed(): boolean {
    const first = this.#input.peek()?.bytes;
    if (!first || first[0] === FRONTEND.query) return false;
    return first[0] !== FRONTEND.parse || first[5] !== 0;
  }

  get lastActiveAtMs(): number {
    return this.#lastActiveAtMs;
  }

  get info(): ClientInfo {
    return {
      role: this.#options.role,
      application: this.#application,
      address: this.#peer.address,
      connectedAtMs: this.#connectedAtMs,
      lastActiveAtMs: this.#lastActiveAtMs,
      state: this.#state,
      pins: this.#turns.pinsOf(this),
    };
  }

  get #application(): string {
    return this.parameters.get("application_name") || "a client without a name";
  }

  get #state(): ClientInfo["state"] {
    if (this.#turns.isWaiting(this)) return "waiting";
    if (this.cycle.isComplete) return "idle";
    return this.cycle.isQuiet ? "in transaction" : "active";
  }

  describe(): string {
    return `${this.#application} at ${this.#peer.address}`;
  }

  /** Takes a turn only to apply the client's settings; answers the error of a setting that Postgres refuses. */
  applySettings(): Promise<ErrorFields | undefined> {
    return new Promise((resolve) => {
      this.#onFirstTurn = resolve;
      this.#turns.request(this);
    });
  }

  /** Bytes from the client. */
  feed(chunk: Buffer): void {
    if (this.isGone) return;
    this.#lastActiveAtMs = this.#options.clock.nowMs();
    this.#input.push(chunk);
    this.#pump();
  }

  begin(error: ErrorFields | undefined): void {
    if (this.#onFirstTurn) this.#onFirstTurn(error);
    else if (error) this.end({ ...error, severity: "FATAL" });
    this.#onFirstTurn = undefined;
  }

  resume(): void {
    if (this.isGone) this.#unwind();
    else this.#pump();
  }

  refuse(error: ErrorFields): void {
    if (this.#onFirstTurn) {
      this.begin(error);
      return;
    }
    if (this.isGone) return;
    this.#peer.send(encodeError(error));
    this.#isRefused = true;
    this.#pump();
  }

  deliver(chunk: Buffer): Promise<void> | undefined {
    if (this.isGone) return undefined;
    const drained = this.#peer.send(chunk);
    // The last output of a cycle is let go: others must not wait for a client that reads it late.
    return this.cycle.isComplete ? undefined : drained;
  }

  tellParameter(name: string, value: string): void {
    if (!this.#onFirstTurn && !this.isGone) this.#peer.send(encodeParameterStatus(name, value));
  }

  /** A request to cancel what this client waits for or runs. */
  cancel(): void {
    if (this.#turns.isWaiting(this) && !this.#onFirstTurn && this.#turns.withdraw(this))
      this.refuse({ severity: "ERROR", code: "57014", message: "canceling statement due to user request" });
    else this.#turns.cancel(this);
  }

  /** Ends the connection from this side. Inside a message nothing can be said any more. */
  async end(error: ErrorFields): Promise<void> {
    if (this.isGone) return;
    const isMidMessage = this.#turns.isOwner(this) && this.#turns.isMidMessage;
    const said = this.#peer.hangUp(isMidMessage ? undefined : encodeError(error));
    this.leave();
    await said;
  }

  /** The client has gone, or is sent away. What it began is ended, and the backend freed for others. */
  leave(): void {
    if (this.isGone) return;
    this.#unwinding = new Unwinding(this.#isDroppingRest ? 0 : this.#input.rest);
    this.#turns.withdraw(this);
    this.#onFirstTurn?.(undefined);
    this.#onFirstTurn = undefined;
    this.#options.onEnd();
    this.#watchOrphan(this.#options.limits.orphanMs);
    this.#unwind();
  }

  #watchOrphan(delayMs: number): void {
    if (!this.#turns.isOwner(this)) return;
    this.#options.clock.after(delayMs, () => {
      this.#turns.cancel(this);
      this.#watchOrphan(delayMs);
    });
  }

  #unwind(): void {
    if (!this.#unwinding || this.#isWriting || !this.#turns.maySend(this)) return;
    const bytes = this.#unwinding.next(this.cycle);
    if (bytes) this.#write(bytes);
    else this.#turns.settle();
  }

  #pump(): void {
    while (!this.#isWriting && !this.isGone) {
      const batch = this.#takeBatch();
      if (!batch) break;
      this.#write(batch);
    }
    if (!this.isGone) this.#peer.setPaused(this.#input.buffered >= WHOLE_MESSAGE_BYTES);
  }

  #write(bytes: Buffer): void {
    this.#isWriting = true;
    const written = () => {
      this.#isWriting = false;
      this.resume();
    };
    // A backend that has ended says so itself to all its clients.
    this.#turns.write(this, bytes).then(written, () => {});
  }

  /** The longest run of bytes that may go to the backend now; undefined when there is none. */
  #takeBatch(): Buffer | undefined {
    let from = this.#input.position;
    for (;;) {
      const to = this.#input.position;
      const unit = this.#findUnit(to === from);
      const ruling = unit ? this.#rule(unit, to === from) : "hold";
      const isHeld = ruling === "hold" || ruling === "holdAndFlush";
      if (!unit || isHeld || (ruling === "drop" && to > from))
        return this.#seal(this.#input.slice(from, to), ruling === "holdAndFlush");
      this.#input.advance(unit);
      if (ruling === "drop") from = this.#input.position;
    }
  }

  #seal(batch: Buffer, needsFlush: boolean): Buffer | undefined {
    const flushes = needsFlush && (batch.length > 0 || !this.#hasFlushed);
    this.#hasFlushed = needsFlush;
    if (flushes) return Buffer.concat([batch, FLUSH]);
    return batch.length > 0 ? batch : undefined;
  }

  /** The next piece of input. A goodbye or a fault takes effect when everything before it was passed on and answered. */
  #findUnit(isFirst: boolean): InputUnit | undefined {
    const fault = this.#input.findFault();
    const unit = fault ? undefined : this.#input.peek();
    const isGoodbye = unit?.kind === "message" && unit.bytes[0] === FRONTEND.terminate;
    if (!fault && !isGoodbye) return unit;
    if (!isFirst || (this.cycle.pending > 0 && !this.cycle.isCopyIn)) return undefined;
    if (fault) this.end(fatal("08P01", fault));
    else this.#sayGoodbye();
    return undefined;
  }

  #sayGoodbye(): void {
    this.#peer.hangUp();
    this.leave();
  }

  #rule(unit: InputUnit, isFirst: boolean): Ruling {
    if (unit.kind === "rest") return this.#isDroppingRest ? "drop" : "forward";
    const ruling = this.#isRefused ? this.#ruleRefused(unit) : this.#ruleMessage(unit, isFirst);
    this.#isDroppingRest = unit.kind === "first" && ruling === "drop";
    return ruling;
  }

  #ruleMessage(unit: InputUnit, isFirst: boolean): Ruling {
    const type = unit.bytes[0] ?? 0;
    if (!this.#turns.maySend(this)) {
      // Without a statement under way Postgres ignores these: they need no turn.
      if (this.cycle.isQuiet && NEEDS_NO_TURN.has(type)) return "drop";
      this.#turns.request(this);
      return "hold";
    }
    if (this.cycle.isAtBoundary && (this.#turns.isContended || this.cycle.pending >= PIPELINED_CYCLES)) return "hold";
    const verdict = this.cycle.admit(unit.bytes, unit.kind === "message");
    if (verdict === "forward") this.custom.note(unit.bytes);
    if (verdict !== "violation") return verdict;
    if (isFirst) this.end(fatal("08P01", `unexpected message type 0x${type.toString(16)} during COPY from stdin`));
    return "hold";
  }

  /** After an error Postgres reads on to the end of the cycle, and so does this: a Query is its own end. */
  #ruleRefused(unit: InputUnit): Ruling {
    if (ENDS_A_CYCLE.has(unit.bytes[0] ?? 0)) {
      this.#isRefused = false;
      this.#peer.send(READY_IDLE);
    }
    return "drop";
  }
}

const NEEDS_NO_TURN = new Set<number>([FRONTEND.copyData, FRONTEND.copyDone, FRONTEND.copyFail, FRONTEND.flush]);
const ENDS_A_CYCLE = new Set<number>([FRONTEND.query, FRONTEND.functionCall, FRONTEND.sync]);
