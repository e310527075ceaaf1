import type { OperationHandler } from "@/lib/orchestrator";
import { getServiceWork, markFailed } from "@/lib/services";
import { assert } from "@/lib/std/assert";
import { begin, bringUp, checkAndServe, takeDown } from "./bring-up";
import { cancelledAs } from "./cancelled";
import { explainFailure } from "./explain-failure";
import type { OperationDeps } from "./operation-deps";

/** A new service: a fork of its image's template volume, started, filled with its sample if it has one, checked. */
export function createHandler(deps: OperationDeps): OperationHandler {
  const { plane, db } = deps;
  return {
    steps: {
      async template(context) {
        const { imageId } = await begin(deps, context);
        await plane.templates.ensure(imageId);
        return undefined;
      },
      async clone({ operation }) {
        const { imageId, volumeId, retention } = await getServiceWork(db, operation.serviceId);
        await plane.volumes.fork(await plane.templates.ensure(imageId), volumeId);
        await plane.volumes.retain(volumeId, retention);
        return undefined;
      },
      async start({ operation }) {
        await bringUp(deps, await getServiceWork(db, operation.serviceId));
        return undefined;
      },
      async sample({ operation }) {
        const work = await getServiceWork(db, operation.serviceId);
        assert(work.sample !== null, "only a service with a sample has this step");
        await bringUp(deps, work);
        await plane.endpoints.loadSample(work.serviceId, work.sample);
        return undefined;
      },
      async check(context) {
        await checkAndServe(deps, context);
        return undefined;
      },
    },
    ...leavingNothing("create", deps),
  };
}

/** How a create or fork that cannot succeed, or is cancelled, ends: what was made of it is gone, the row says why. */
export function leavingNothing(
  kind: "create" | "fork",
  deps: OperationDeps,
): Pick<OperationHandler, "undo" | "onFailed" | "onCancelled"> {
  return {
    async undo({ operation }) {
      const { serviceId, volumeId } = await getServiceWork(deps.db, operation.serviceId);
      await takeDown(deps, serviceId, "This service could not be made.");
      await deps.plane.volumes.delete(volumeId);
    },
    async onFailed(tx, operation, failure) {
      await markFailed(tx, operation.serviceId, explainFailure(kind, failure));
    },
    onCancelled: cancelledAs(kind, deps),
  };
}
