import { inspect } from "node:util";
import type { Failure } from "../protocol";
import { UNEXPECTED_END } from "../protocol";
import { StackDamage } from "./journal";

/** What a worker says as its last word. A trap of WebAssembly, an error of our own and V8's full stack are all unexpected. */
export function describeFailure(error: unknown, printed: readonly string[]): Failure {
  return { sentence: toSentence(error), details: [inspect(error), ...printed].join("\n") };
}

function toSentence(error: unknown): string {
  if (error instanceof Error && error.name === "VolumeError")
    return `${error.message} Postgres ended and goes on from its last commit.`;
  if (error instanceof StackDamage) return "A query went too deep. Postgres ended and goes on from its last commit.";
  return UNEXPECTED_END;
}
