import type { Cycle } from "./cycle";
import { encodeCopyFail, encodeParse, FLUSH, SYNC } from "./wire/frontend";

// In a message of which only a part arrived, the rest is filled with a byte that is neither the end of a text nor valid in
// UTF-8, and as a count is far too large: whatever the message was, it now is an error and has no effect.
const PADDING = Buffer.alloc(65_536, 0xff);
const COPY_FAIL = encodeCopyFail("the client has left");
// Sync alone would commit what was executed before it. An error first makes it a rollback.
const ABORT = encodeParse("offshoot_gateway_abort", "the client has left");

/**
 * What remains to be sent for a client that has left in the middle of something, so that the backend comes to rest and
 * nothing that the client did not finish is committed.
 */
export class Unwinding {
  #padding: number;
  #hasFlushed = false;

  /** `missingBytes` of a message of which the backend already has the beginning. */
  constructor(missingBytes: number) {
    this.#padding = missingBytes;
  }

  get isPadded(): boolean {
    return this.#padding === 0;
  }

  /** The next bytes for the backend; undefined when nothing is left or the backend has to answer first. */
  next(cycle: Cycle): Buffer | undefined {
    if (this.#padding > 0) return this.#takePadding();
    if (cycle.isCopyIn) {
      cycle.admit(COPY_FAIL, true);
      return COPY_FAIL;
    }
    return cycle.isUnsynced ? this.#abort(cycle) : undefined;
  }

  #takePadding(): Buffer {
    const part = PADDING.subarray(0, this.#padding);
    this.#padding -= part.length;
    return part;
  }

  #abort(cycle: Cycle): Buffer | undefined {
    const verdict = cycle.admit(ABORT, true);
    if (verdict === "forward" || verdict === "drop") {
      cycle.admit(SYNC, true);
      return verdict === "forward" ? Buffer.concat([ABORT, SYNC]) : SYNC;
    }
    if (verdict !== "holdAndFlush" || this.#hasFlushed) return undefined;
    this.#hasFlushed = true;
    return FLUSH;
  }
}
