import type { OperationHandler } from "@/lib/orchestrator";
import { getServiceWork, markBackInBin } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { begin, bringUp, checkAndServe, takeDown } from "./bring-up";
import { explainFailure } from "./explain-failure";
import type { OperationDeps } from "./operation-deps";

/** Starts a deleted service again on its own volume and port. One that was deleted again meanwhile stays deleted. */
export function restoreHandler(deps: OperationDeps): OperationHandler {
  return {
    steps: {
      async start(context) {
        const work = await begin(deps, context);
        if (work.isDeleted) return undefined;
        if ((await deps.plane.volumes.find(work.volumeId)) === undefined)
          throw new AppError("GONE", `${work.name} holds no data: it could not be made in the first place.`);
        await bringUp(deps, work);
        return undefined;
      },
      async check(context) {
        const { isDeleted } = await getServiceWork(deps.db, context.operation.serviceId);
        if (!isDeleted) await checkAndServe(deps, context);
        return undefined;
      },
    },
    async undo({ operation }) {
      await takeDown(deps, operation.serviceId, "This service could not be restored.");
    },
    async onFailed(tx, operation, failure) {
      const reason = explainFailure("restore", failure);
      await markBackInBin(tx, operation.serviceId, { reason, nowMs: deps.clock.nowMs() });
    },
  };
}
