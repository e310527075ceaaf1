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
      async stop({ operation }) {
        const work = await getServiceWork(db, operation.serviceId);
        // Again from the beginning: a starting engine may have found it before this was recorded.
        if (!work.isDeleted) await putToSleep(deps, work, `${work.name} was paused by ${operation.requestedBy}.`);
        return undefined;
      },
    },
    async undo(context) {
      const { isDeleted, hasExpired } = await getServiceWork(db, context.operation.serviceId);
      if (!isDeleted && !hasExpired) await checkAndServe(deps, context);
    },
    async onSucceeded(tx, operation) {
      await markPaused(tx, operation.serviceId);
    },
    async onFailed(tx, operation, failure) {
      await markBroken(tx, operation.serviceId, explainFailure("pause", failure));
    },
  };
}
