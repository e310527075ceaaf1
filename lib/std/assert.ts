/** A broken invariant: a bug of ours, never a person's mistake. It stops the operation that met it. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

/** Throws when an invariant does not hold. `message` says which one, for the engineer who reads the log. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** For the last branch of a union: a compile error when a case is missing, an assertion if data lies. */
export function assertNever(value: never): never {
  throw new AssertionError(`unexpected value ${JSON.stringify(value)}`);
}
