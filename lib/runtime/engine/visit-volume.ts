import type { ComputeHost } from "@/lib/compute";
import type { Visit } from "@/lib/operations";
import { AppError } from "@/lib/std/app-error";
import type { Clock } from "@/lib/std/clock";
import { QuerySession } from "./query-session";

/** Whoever is visited holds memory that services need: far longer than reading twenty thousand objects takes. */
const VISIT_MAX_MS = 60_000;

/** Runs Postgres on a volume that belongs to no service while it is asked questions. It ends without a commit. */
export async function visitVolume<Result>(
  { computes, clock }: { computes: Pick<ComputeHost, "start">; clock: Clock },
  { volumeId, imageId }: { volumeId: string; imageId: string },
  { ask, signal }: Visit<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const compute = await computes.start({ serviceId: volumeId, volumeId, imageId });
  const session = new QuerySession(compute);
  const end = () => void compute.kill();
  let isLate = false;
  const cancelTimer = clock.after(VISIT_MAX_MS, () => {
    isLate = true;
    end();
  });
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    return await ask((sql) => session.query(sql));
  } catch (cause) {
    if (!isLate) throw cause;
    throw new AppError("PAYLOAD_TOO_LARGE", "Postgres did not answer within a minute.", { cause });
  } finally {
    cancelTimer();
    signal.removeEventListener("abort", end);
    await compute.kill();
  }
}
