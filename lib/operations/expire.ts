import type { OperationHandler } from "@/lib/orchestrator";
import { getServiceWork, markExpired, markPurged } from "@/lib/services";
import { putToSleep } from "./bring-up";
import type { OperationDeps } from "./operation-deps";

/** Ends the sessions and the Postgres of a fork whose life is over; its port says so. Does nothing when it was restored already. */
export function expireHandler(deps: OperationDeps): OperationHandler {
  const { plane, db, clock } = deps;
  return {
    steps: {
      async disconnect({ operation }) {
        const { serviceId, name, hasExpired } = await getServiceWork(db, operation.serviceId);
        if (hasExpired) await plane.endpoints.close(serviceId, `${name} expired.`);
        return undefined;
      },
      async stop(context) {
        const work = await getServiceWork(db, context.operation.serviceId);
        if (!work.hasExpired) return undefined;
        if ((await plane.volumes.find(work.volumeId)) !== undefined) {
          await putToSleep(deps, work, `${work.name} expired.`);
          return undefined;
        }
        // Its end came while its creation failed: there is nothing to bring back, so it is gone at once.
        await context.write((tx) => markPurged(tx, work.serviceId, clock.nowMs()));
        return undefined;
      },
    },
    async onSucceeded(tx, operation) {
      await markExpired(tx, operation.serviceId);
    },
  };
}
