import type { OperationHandler } from "@/lib/orchestrator";
import { getServiceWork, markDeleted, markPurged, type ServiceWork } from "@/lib/services";
import type { OperationDeps } from "./operation-deps";

/** Ends a service's sessions and its Postgres; its data stays until it is purged. Does nothing when that was undone already. */
export function deleteHandler(deps: OperationDeps): OperationHandler {
  const { plane, db, clock } = deps;
  return {
    steps: {
      async disconnect({ operation }) {
        const work = await getServiceWork(db, operation.serviceId);
        if (work.isDeleted) await plane.endpoints.close(work.serviceId, sayDeleted(work));
        return undefined;
      },
      async stop(context) {
        const work = await getServiceWork(db, context.operation.serviceId);
        if (!work.isDeleted) return undefined;
        await plane.computes.stop(work.serviceId);
        // Deleted while its creation failed: there is nothing to bring back, so it is gone at once.
        if ((await plane.volumes.find(work.volumeId)) === undefined)
          await context.write((tx) => markPurged(tx, work.serviceId, clock.nowMs()));
        return undefined;
      },
    },
    async onSucceeded(tx, operation) {
      await markDeleted(tx, operation.serviceId);
    },
  };
}

const sayDeleted = ({ name, deletedBy }: ServiceWork): string =>
  deletedBy === null ? `${name} was deleted.` : `${name} was deleted by ${deletedBy}.`;
