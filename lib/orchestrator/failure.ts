import { AppError, type ErrorCode } from "@/lib/std/app-error";
import { AssertionError } from "@/lib/std/assert";

/** Attempts at one step, after which the operation fails for good. With the pauses below: about 15 s. */
export const MAX_ATTEMPTS = 5;

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** The pause after an attempt, counted from 1: 1 s, 2 s, 4 s, 8 s. */
export const computeBackoffMs = (attempt: number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));

// What may be otherwise in a moment. A name that is taken or a disk that is full stays so, and a person is waiting.
const PASSING: ReadonlySet<ErrorCode> = new Set([
  "CONTROL_PLANE",
  "INTERNAL",
  "FORK_FAILED",
  "SOURCE_BUSY",
  "RATE_LIMITED",
]);

/** Whether doing the same again cannot help. Whatever nobody foresaw may pass; a broken invariant will not. */
export function isFinal(error: unknown): boolean {
  if (error instanceof AssertionError) return true;
  return error instanceof AppError && !PASSING.has(error.code);
}

const MESSAGE_MAX_LENGTH = 300;

/** One sentence for a person. An AppError has been written for one; of anything else the first line is the best there is. */
export function describeCause(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  const line = error instanceof AppError ? text : (text.trim().split("\n")[0] ?? "");
  return line.length > MESSAGE_MAX_LENGTH ? `${line.slice(0, MESSAGE_MAX_LENGTH - 1)}…` : line;
}
