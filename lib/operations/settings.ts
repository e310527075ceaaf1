import type { OperationHandler } from "@/lib/orchestrator";
import { getServiceWork } from "@/lib/services";
import type { OperationDeps } from "./operation-deps";

/**
 * Tells the store what the service's row says. Whichever of two changes comes last, both tell the newest; one that was made
 * while the engine was away is told at its start. Snapshots by schedule read the row themselves.
 */
export function settingsHandler({ plane, db }: OperationDeps): OperationHandler {
  return {
    steps: {
      async apply({ operation }) {
        const { volumeId, retention } = await getServiceWork(db, operation.serviceId);
        // Purged meanwhile: there is no history left to keep.
        if (await plane.volumes.find(volumeId)) await plane.volumes.retain(volumeId, retention);
        return undefined;
      },
    },
  };
}
