import type { OperationHandler } from "@/lib/orchestrator";
import { getServiceWork, listRetired, markPurged, postponePurge } from "@/lib/services";
import { takeDown } from "./bring-up";
import type { OperationDeps } from "./operation-deps";

/** The end of a deleted or expired service: its volumes go, then its port is free. Forks of it keep their data. */
export function purgeHandler(deps: OperationDeps): OperationHandler {
  return {
    steps: {
      async stop({ operation }) {
        await takeDown(deps, operation.serviceId, "This service was purged.");
        return undefined;
      },
      async free({ operation }) {
        const { serviceId, volumeId } = await getServiceWork(deps.db, operation.serviceId);
        // Again, since a starting engine may have found it before the deletion was recorded.
        await takeDown(deps, serviceId, "This service was purged.");
        for (const id of [...(await listRetired(deps.db, serviceId)), volumeId]) await deps.plane.volumes.delete(id);
        return undefined;
      },
    },
    async onSucceeded(tx, operation) {
      await markPurged(tx, operation.serviceId, deps.clock.nowMs());
    },
    async onFailed(tx, operation) {
      await postponePurge(tx, operation.serviceId, deps.clock.nowMs());
    },
  };
}
