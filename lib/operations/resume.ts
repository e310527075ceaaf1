import type { OperationHandler } from "@/lib/orchestrator";
import { getServiceWork, markPaused } from "@/lib/services";
import { bringUp, checkAndServe, putToSleep } from "./bring-up";
import { cancelledAs } from "./cancelled";
import { explainFailure } from "./explain-failure";
import type { OperationDeps } from "./operation-deps";

/** Starts a paused service again. One that cannot be started stays paused, and says why. */
export function resumeHandler(deps: OperationDeps): OperationHandler {
  return {
    steps: {
      async start({ operation }) {
        const work = await getServiceWork(deps.db, operation.serviceId);
        if (!work.isDeleted && !work.hasExpired) await bringUp(deps, work);
        return undefined;
      },
      async check(context) {
        const { isDeleted, hasExpired } = await getServiceWork(deps.db, context.operation.serviceId);
        if (!isDeleted && !hasExpired) await checkAndServe(deps, context);
        return undefined;
      },
    },
    async undo({ operation }) {
      const work = await getServiceWork(deps.db, operation.serviceId);
      await putToSleep(deps, work, `${work.name} could not be started.`);
    },
    async onFailed(tx, operation, failure) {
      await markPaused(tx, operation.serviceId, explainFailure("resume", failure));
    },
    onCancelled: cancelledAs("resume", deps),
  };
}
