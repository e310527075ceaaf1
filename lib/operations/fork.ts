import type { OperationFailure, OperationHandler, StepContext } from "@/lib/orchestrator";
import { forkInput } from "@/lib/schemas/operation-input";
import { getServiceWork, recordForkOrigin, type ServiceWork } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import { begin, bringUp, checkAndServe } from "./bring-up";
import { leavingNothing } from "./create";
import type { DataPlane, ForkOrigin } from "./data-plane";
import type { OperationDeps } from "./operation-deps";

/**
 * A fork of the commit that was reserved when it was asked for, or of the source as it is when this runs, whether the source
 * runs or not.
 */
export function forkHandler(deps: OperationDeps): OperationHandler {
  const { plane, db } = deps;
  return {
    steps: {
      async settle(context) {
        const { source } = await begin(deps, context);
        assert(source, "a fork has a source");
        // What was reserved is what it was, whatever happened in the source since.
        if (!findReserved(context)) await plane.computes.settle(source.serviceId, "fork");
        return undefined;
      },
      async clone(context) {
        const work = await getServiceWork(db, context.operation.serviceId);
        const reserved = findReserved(context);
        const origin = await cloneSource(plane, work, reserved?.commit);
        await plane.volumes.retain(work.volumeId, work.retention);
        await context.write((tx) => recordForkOrigin(tx, work.serviceId, origin));
        if (reserved && work.source) await plane.volumes.release(work.source.volumeId, reserved.holdId);
        return { commit: origin.commit, micros: origin.micros };
      },
      async start({ operation }) {
        await bringUp(deps, await getServiceWork(db, operation.serviceId));
        return undefined;
      },
      async check(context) {
        await checkAndServe(deps, context);
        return undefined;
      },
    },
    ...endingHold(deps, leavingNothing("fork", deps)),
  };
}

const findReserved = ({ operation }: Pick<StepContext, "operation">) => forkInput.parse(operation.input).reserved;

/** The hold ends with its lease in any case; a fork that failed needs it no more. */
function endingHold({ plane, db }: OperationDeps, { undo, onFailed }: ReturnType<typeof leavingNothing>) {
  return {
    onFailed,
    async undo(context: StepContext, failure: OperationFailure) {
      await undo?.(context, failure);
      const reserved = findReserved(context);
      const { source } = await getServiceWork(db, context.operation.serviceId);
      if (reserved && source) await plane.volumes.release(source.volumeId, reserved.holdId);
    },
  };
}

async function cloneSource(
  plane: DataPlane,
  { source, volumeId }: ServiceWork,
  commit: number | undefined,
): Promise<ForkOrigin> {
  assert(source, "a fork has a source");
  const isMade = (await plane.volumes.find(volumeId)) !== undefined;
  if (!isMade && !(await plane.volumes.find(source.volumeId)))
    throw new AppError("NOT_FOUND", `${source.name} was purged before it could be forked. Choose another source.`);
  try {
    return await plane.volumes.fork(source.volumeId, volumeId, commit);
  } catch (cause) {
    if (!(cause instanceof AppError) || !LOST.has(cause.code)) throw cause;
    throw new AppError("WINDOW_MOVED", `Commit ${commit} of ${source.name} left the WAL window before it was forked.`, {
      cause,
    });
  }
}

// Only when the engine was away for longer than a reservation lasts.
const LOST: ReadonlySet<string> = new Set(["TARGET_OUTSIDE_WAL_WINDOW", "TARGET_THINNED"]);
