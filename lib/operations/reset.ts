import type { OperationHandler, StepContext } from "@/lib/orchestrator";
import { type ResetInput, resetInput } from "@/lib/schemas/operation-input";
import {
  forgetRetired,
  getServiceWork,
  markAsBefore,
  markBroken,
  markPaused,
  type ServiceWork,
  switchVolume,
} from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { bringUp, checkAndServe, putToSleep, takeDown } from "./bring-up";
import { disarm } from "./disarm";
import { explainFailure } from "./explain-failure";
import type { OperationDeps } from "./operation-deps";

const RESET_REASON = "This service goes on from another moment. Connect again in a moment.";

/**
 * Gives a service a clone of a moment of its own history, or a volume that it had before, at the same endpoint with the same
 * password. The clone is made while the service still runs, so what cannot be made disturbs nobody. One transaction switches:
 * what fails before it leaves all as it was, what fails after it switches back.
 */
export function resetHandler(deps: OperationDeps): OperationHandler {
  const { plane, db } = deps;
  const read = async ({ operation }: Pick<StepContext, "operation">) => ({
    input: resetInput.parse(operation.input),
    work: await getServiceWork(db, operation.serviceId),
  });
  // Deleted, or at its end, meanwhile: what comes next ends what is there, so nothing is started for it.
  const isOver = ({ isDeleted, hasExpired }: ServiceWork) => isDeleted || hasExpired;
  return {
    steps: {
      async clone(context) {
        const { input, work } = await read(context);
        await makeClone(deps, work, input);
        return undefined;
      },
      async disconnect({ operation }) {
        await plane.endpoints.close(operation.serviceId, RESET_REASON);
        return undefined;
      },
      async stop({ operation }) {
        await takeDown(deps, operation.serviceId, RESET_REASON);
        return undefined;
      },
      async switch(context) {
        const { input, work } = await read(context);
        await takeDown(deps, work.serviceId, RESET_REASON);
        await swap(deps, context, { from: input.oldVolumeId, to: input.newVolumeId });
        return { volume: input.newVolumeId };
      },
      async start(context) {
        const { work } = await read(context);
        if (!isOver(work)) await bringUp(deps, work);
        return undefined;
      },
      async disarm(context) {
        const { work } = await read(context);
        // That moment may be one of before the fork's list. What is no fork has all that it is to have.
        if (!isOver(work) && work.source) await disarm(deps, context, { work });
        return undefined;
      },
      async check(context) {
        const { input, work } = await read(context);
        if (!isOver(work)) await settleIn(deps, context, { input, work });
        return undefined;
      },
    },
    undo: (context) => goBack(deps, context),
    async onFailed(tx, { serviceId, input }, failure) {
      await endedAsBefore(tx, serviceId, { input: resetInput.parse(input), reason: explainFailure("reset", failure) });
    },
    async onCancelled(tx, { serviceId, input }) {
      const reason = "A reset was cancelled, and what ran before could not be started again.";
      await endedAsBefore(tx, serviceId, { input: resetInput.parse(input), reason });
    },
  };
}

async function makeClone({ plane }: OperationDeps, work: ServiceWork, { clone, newVolumeId }: ResetInput) {
  if (!clone) {
    if (await plane.volumes.find(newVolumeId)) return;
    throw new AppError("GONE", `What ${work.name} held before its reset was given back meanwhile.`);
  }
  await plane.volumes.fork(clone.volumeId, newVolumeId, clone.commit);
  await plane.volumes.retain(newVolumeId, work.retention);
  if (clone.isBase) await plane.volumes.markBase(newVolumeId);
  await plane.volumes.release(clone.volumeId, clone.holdId);
}

async function swap(
  { clock }: OperationDeps,
  context: StepContext,
  { from, to }: { from: string; to: string },
): Promise<void> {
  const { serviceId, requestedBy: by } = context.operation;
  await context.write((tx) => switchVolume(tx, { serviceId, from, to, by, nowMs: clock.nowMs() }));
}

/** As before in all but its data: serving, or paused once it is known that it can be started. */
async function settleIn(
  deps: OperationDeps,
  context: StepContext,
  { input, work }: { input: ResetInput; work: ServiceWork },
): Promise<void> {
  if (input.from !== "PAUSED") return checkAndServe(deps, context);
  await bringUp(deps, work);
  await deps.plane.endpoints.check(work.serviceId);
  await putToSleep(deps, work, RESET_REASON);
  // As READY: an engine that starts after this opens its port by this word.
  await context.write((tx) => markPaused(tx, work.serviceId));
}

/** The volume that it had, serving or asleep as before; what was made of the other is gone. */
async function goBack(deps: OperationDeps, context: StepContext): Promise<void> {
  const { plane, db } = deps;
  const { serviceId } = context.operation;
  const { oldVolumeId, newVolumeId, clone, from } = resetInput.parse(context.operation.input);
  const work = await getServiceWork(db, serviceId);
  if (work.volumeId === newVolumeId) {
    await takeDown(deps, serviceId, RESET_REASON);
    await swap(deps, context, { from: newVolumeId, to: oldVolumeId });
  }
  if (clone) {
    await plane.volumes.delete(newVolumeId);
    await context.write((tx) => forgetRetired(tx, newVolumeId));
    await plane.volumes.release(clone.volumeId, clone.holdId);
  }
  const before = await getServiceWork(db, serviceId);
  if (before.isDeleted || before.hasExpired) return;
  if (from !== "PAUSED") return checkAndServe(deps, context);
  await putToSleep(deps, before, RESET_REASON);
}

/** What `goBack` brought up is READY already. */
async function endedAsBefore(
  tx: Parameters<typeof markBroken>[0],
  serviceId: string,
  { input: { from }, reason }: { input: ResetInput; reason: string },
): Promise<void> {
  if (from === "PAUSED") await markAsBefore(tx, serviceId, from);
  else await markBroken(tx, serviceId, reason);
}
