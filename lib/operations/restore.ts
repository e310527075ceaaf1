import type { OperationHandler } from "@/lib/orchestrator";
import { restoreInput } from "@/lib/schemas/operation-input";
import { getServiceWork, markBackAsleep } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { begin, bringUp, checkAndServe, putToSleep, takeDown } from "./bring-up";
import { cancelledAs } from "./cancelled";
import { explainFailure } from "./explain-failure";
import type { OperationDeps } from "./operation-deps";

/** Starts a deleted or expired service again on its own volume and port. One that was deleted again meanwhile stays deleted. */
export function restoreHandler(deps: OperationDeps): OperationHandler {
  return {
    steps: {
      async start(context) {
        const work = await begin(deps, context);
        if (work.isDeleted || work.hasExpired) return undefined;
        if ((await deps.plane.volumes.find(work.volumeId)) === undefined)
          throw new AppError("GONE", `${work.name} holds no data: it could not be made in the first place.`);
        await bringUp(deps, work);
        return undefined;
      },
      async check(context) {
        const { isDeleted, hasExpired } = await getServiceWork(deps.db, context.operation.serviceId);
        if (!isDeleted && !hasExpired) await checkAndServe(deps, context);
        return undefined;
      },
    },
    async undo({ operation }) {
      const reason = "This service could not be restored.";
      if (restoreInput.parse(operation.input).from === "DELETED") await takeDown(deps, operation.serviceId, reason);
      else await putToSleep(deps, await getServiceWork(deps.db, operation.serviceId), reason);
    },
    async onFailed(tx, operation, failure) {
      const { from: to } = restoreInput.parse(operation.input);
      const reason = explainFailure("restore", failure);
      await markBackAsleep(tx, operation.serviceId, { to, reason, nowMs: deps.clock.nowMs() });
    },
    onCancelled: cancelledAs("restore", deps),
  };
}
