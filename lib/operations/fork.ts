import type { OperationFailure, OperationHandler, StepContext } from "@/lib/orchestrator";
import { forkInput } from "@/lib/schemas/operation-input";
import { getServiceWork, recordForkOrigin, type ServiceWork } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import { begin, bringUp, checkAndServe } from "./bring-up";
import { leavingNothing } from "./create";
import type { DataPlane, ForkOrigin } from "./data-plane";
import { disarm } from "./disarm";
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
        const origin = await cloneSource(plane, work, reserved);
        await plane.volumes.retain(work.volumeId, work.retention);
        await plane.volumes.markBase(work.volumeId);
        await context.write((tx) => recordForkOrigin(tx, work.serviceId, origin));
        if (work.source) await endHold(plane, work.source, reserved);
        return { commit: origin.commit, micros: origin.micros };
      },
      async start({ operation }) {
        await bringUp(deps, await getServiceWork(db, operation.serviceId));
        return undefined;
      },
      async disarm(context) {
        const work = await getServiceWork(db, context.operation.serviceId);
        const { leavesJobs } = forkInput.parse(context.operation.input);
        await disarm(deps, context, { work, leavesJobs: leavesJobs === true });
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
function endingHold({ plane, db }: OperationDeps, { undo, ...ends }: ReturnType<typeof leavingNothing>) {
  return {
    ...ends,
    async undo(context: StepContext, failure: OperationFailure) {
      await undo?.(context, failure);
      const reserved = findReserved(context);
      const { source } = await getServiceWork(db, context.operation.serviceId);
      if (source) await endHold(plane, source, reserved);
    },
  };
}

type Reserved = ReturnType<typeof findReserved>;

async function endHold(plane: DataPlane, source: { volumeId: string }, reserved: Reserved): Promise<void> {
  if (reserved) await plane.volumes.release(reserved.volumeId ?? source.volumeId, reserved.holdId);
}

async function cloneSource(
  plane: DataPlane,
  { source, volumeId }: ServiceWork,
  reserved: Reserved,
): Promise<ForkOrigin> {
  assert(source, "a fork has a source");
  const { commit, volumeId: originId = source.volumeId } = reserved ?? {};
  const isMade = (await plane.volumes.find(volumeId)) !== undefined;
  if (!isMade && !(await plane.volumes.find(originId)))
    throw new AppError("NOT_FOUND", `${source.name} was purged before it could be forked. Choose another source.`);
  try {
    return await plane.volumes.fork(originId, volumeId, commit);
  } catch (cause) {
    if (!(cause instanceof AppError) || !LOST.has(cause.code)) throw cause;
    throw new AppError("WINDOW_MOVED", `Commit ${commit} of ${source.name} left the WAL window before it was forked.`, {
      cause,
    });
  }
}

// Only when the engine was away for longer than a reservation lasts.
const LOST: ReadonlySet<string> = new Set(["TARGET_OUTSIDE_WAL_WINDOW", "TARGET_THINNED"]);
