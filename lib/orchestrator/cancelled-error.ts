/** The reason with which a running operation ends that somebody cancelled. */
export class CancelledError extends Error {
  override name = "CancelledError";
}
