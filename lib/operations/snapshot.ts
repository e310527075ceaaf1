import type { OperationHandler } from "@/lib/orchestrator";
import { snapshotInput } from "@/lib/schemas/operation-input";
import { getServiceWork, recordServiceEvents } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import type { OperationDeps } from "./operation-deps";

/** A snapshot of a service as it is when this runs. It has the operation's id, so that taking it twice takes one. */
export function snapshotHandler({ plane, db }: OperationDeps): OperationHandler {
  return {
    steps: {
      async settle({ operation }) {
        await plane.computes.settle(operation.serviceId, "snapshot");
        return undefined;
      },
      async take({ operation, write }) {
        const { id: snapshotId, serviceId } = operation;
        const { name: serviceName, volumeId } = await getServiceWork(db, serviceId);
        const { name } = snapshotInput.parse(operation.input);
        if ((await plane.volumes.find(volumeId)) === undefined)
          throw new AppError("NOT_FOUND", `${serviceName} was purged before a snapshot of it could be taken.`);
        const { commit, micros } = await plane.volumes.takeSnapshot(volumeId, { snapshotId, name });
        const event = { id: snapshotId, kind: "snapshot" as const, what: name, rows: null, commit, micros };
        await write((tx) => recordServiceEvents(tx, serviceId, [event]));
        return { commit, micros };
      },
    },
  };
}
