import type { OperationHandler } from "@/lib/orchestrator";
import { freeInput } from "@/lib/schemas/operation-input";
import { forgetRetired, listRetired, postponeFree } from "@/lib/services";
import type { OperationDeps } from "./operation-deps";

/** Gives back the volume of before a reset, whose grace is over; unless the reset was undone since this was asked for. */
export function freeHandler({ plane, db, clock }: OperationDeps): OperationHandler {
  return {
    steps: {
      async free({ operation }) {
        const { volumeId } = freeInput.parse(operation.input);
        if ((await listRetired(db, operation.serviceId)).includes(volumeId)) await plane.volumes.delete(volumeId);
        return undefined;
      },
    },
    async onSucceeded(tx, { input }) {
      await forgetRetired(tx, freeInput.parse(input).volumeId);
    },
    async onFailed(tx, { input }) {
      await postponeFree(tx, freeInput.parse(input).volumeId, clock.nowMs());
    },
  };
}
