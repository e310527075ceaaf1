import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Clock } from "@/lib/std/clock";
import { hideSecrets } from "@/lib/std/hide-secrets";
import type { BoundedLog } from "./bounded-log";
import { findImportant } from "./important-line";
import { computeRestart } from "./restart-policy";

export interface ChildOptions {
  /** What a person reads: `engine`, `web server`. */
  readonly name: string;
  /** A script for this Node and its arguments. */
  readonly script: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: BoundedLog;
  readonly clock: Clock;
  /** Resolves true once the child does its work. Asked again and again while it starts. */
  isHealthy(): Promise<boolean>;
  /** A sentence for the terminal. */
  say(sentence: string): void;
  /** How long it may take to become healthy. */
  readonly startMs: number;
  /** How long an orderly end may take. */
  readonly stopMs: number;
  /** For a program that is not ours and does not watch its standard input. */
  readonly stopSignal?: NodeJS.Signals;
}

const HEALTH_POLL_MS = 100;

/**
 * A process of ours that should run until it is stopped. It is told to end by the end of its standard input, never by a
 * signal, so it also ends when this process is killed. When it ends unasked it is started again, a few times.
 */
export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | undefined;
  #stopping = false;
  #crashes = 0;
  #startedMs = 0;
  #lastWords = "";
  #fail: (error: Error) => void = () => {};
  /** Rejects when the child has been given up; never resolves. */
  readonly failed: Promise<never> = new Promise((_, reject) => {
    this.#fail = reject;
  });

  constructor(options: ChildOptions) {
    this.#options = options;
    this.failed.catch(() => {});
  }

  /** Starts it and resolves when it is healthy; rejects when it has been given up or the signal fires. */
  async start(signal: AbortSignal): Promise<void> {
    this.#spawn();
    await Promise.race([this.#untilHealthy(signal), this.failed]);
  }

  async #untilHealthy(signal: AbortSignal): Promise<void> {
    const { clock, isHealthy, name, startMs, log } = this.#options;
    const deadlineMs = clock.monotonicMs() + startMs;
    while (!(await isHealthy().catch(() => false))) {
      if (clock.monotonicMs() >= deadlineMs)
        throw new Error(`The ${name} was not ready within ${startMs / 1000} s. What it said is in ${log.path}.`);
      await clock.sleep(HEALTH_POLL_MS, signal);
    }
  }

  /** Ends it in order; kills it when that takes too long. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#process;
    if (!child || hasEnded(child)) return;
    const ended = once(child, "exit");
    child.stdin?.end();
    if (this.#options.stopSignal) child.kill(this.#options.stopSignal);
    const cancel = this.#options.clock.after(this.#options.stopMs, () => {
      this.#options.say(
        `The ${this.#options.name} did not end within ${this.#options.stopMs / 1000} s and was killed.`,
      );
      child.kill("SIGKILL");
    });
    await ended;
    cancel();
  }

  /** Ends it in order and starts it again, for a new build in development. */
  async restart(): Promise<void> {
    await this.stop();
    this.#stopping = false;
    this.#spawn();
  }

  /** At once, whatever it is doing. */
  kill(): void {
    this.#stopping = true;
    this.#process?.kill("SIGKILL");
  }

  #spawn(): void {
    const { script, cwd, env, clock } = this.#options;
    this.#startedMs = clock.monotonicMs();
    const child = spawn(process.execPath, script, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
    this.#process = child;
    child.stdin.on("error", () => {}); // it may be dead before it is told to end
    // Next writes lines of its own as well.
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => this.#hear(hideSecrets(line)));
    child.once("exit", (exitCode, killedBy) => this.#onExit(exitCode, killedBy));
  }

  #hear(line: string): void {
    this.#options.log.write(`${line}\n`);
    const important = findImportant(line);
    if (!important) return;
    this.#lastWords = important.sentence;
    // The last words of a child that gives up are part of the error, said once.
    if (!important.fatal) this.#options.say(`${this.#options.name}: ${important.sentence}`);
  }

  #onExit(exitCode: number | null, killedBy: string | null): void {
    if (this.#stopping) return;
    const { name, clock, say, log } = this.#options;
    const lastedMs = clock.monotonicMs() - this.#startedMs;
    const again = computeRestart({ exitCode, lastedMs, crashesBefore: this.#crashes });
    const why = killedBy ? `was ended by ${killedBy}` : `ended with exit code ${exitCode}`;
    if (!again) {
      this.#fail(new Error(this.#lastWords || `The ${name} ${why}. What it said is in ${log.path}.`));
      return;
    }
    this.#crashes = again.crashes;
    say(`The ${name} ${why}; starting it again in ${again.delayMs / 1000} s. What it said is in ${log.path}.`);
    clock.sleep(again.delayMs).then(() => {
      if (!this.#stopping) this.#spawn();
    });
  }
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;
