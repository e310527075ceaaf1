import type { Database, Transaction } from "@/lib/db";
import { type Claim, TRANSACTION } from "./claim";

/** Another worker holds the operation, or it is finished: what this one was about to write must not be written. */
export class LeaseLostError extends Error {
  override name = "LeaseLostError";
}

/**
 * One transaction that commits only while the claim is the newest. The row is locked until it ends, so a newer claim comes
 * either before (and this throws) or after. An expired lease alone is no reason to refuse: nobody else has begun.
 */
export async function writeFenced<Result>(
  db: Database,
  claim: Claim,
  write: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const { id } = claim.operation;
  return db.$transaction(async (tx) => {
    const held = await tx.$queryRaw<unknown[]>`SELECT 1 FROM operations
      WHERE id = ${id} AND fencing_token = ${claim.fencingToken} AND state = 'RUNNING' FOR NO KEY UPDATE`;
    if (held.length === 0) throw new LeaseLostError(`the operation ${id} was taken over or is finished`);
    return write(tx);
  }, TRANSACTION);
}
