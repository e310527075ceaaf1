import type { OperationHandler } from "@/lib/orchestrator";
import { getServiceWork, markBroken, markPaused } from "@/lib/services";
import { checkAndServe, putToSleep } from "./bring-up";
import { explainFailure } from "./explain-failure";
import type { OperationDeps } from "./operation-deps";

/** Ends a service's sessions and its Postgres. Its port stays open and says why nobody can connect. */
export function pauseHandler(deps: OperationDeps): OperationHandler {
  const { plane, db } = deps;
  return {
    steps: {
      async disconnect({ operation }) {
        const { serviceId, name } = await getServiceWork(db, operation.serviceId);
        await plane.endpoints.close(serviceId, `${name} was paused by ${operation.requestedBy}.`);
        return undefined;
      },
      async stop({ operation, write }) {
        const work = await getServiceWork(db, operation.serviceId);
        if (work.isDeleted) return undefined;
        // Again from the beginning: a starting engine may have found it before this was recorded.
        await putToSleep(deps, work, `${work.name} was paused by ${operation.requestedBy}.`);
        // Not left to the end of the operation: an engine that starts between the two would serve it again.
        await write((tx) => markPaused(tx, work.serviceId));
        return undefined;
      },
    },
    async undo(context) {
      const { isDeleted, hasExpired } = await getServiceWork(db, context.operation.serviceId);
      if (!isDeleted && !hasExpired) await checkAndServe(deps, context);
    },
    async onFailed(tx, operation, failure) {
      await markBroken(tx, operation.serviceId, explainFailure("pause", failure));
    },
  };
}
