import type { OperationHandler } from "@/lib/orchestrator";
import { getServiceWork, recordForkBase, type ServiceWork } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import { begin, bringUp, checkAndServe } from "./bring-up";
import { leavingNothing } from "./create";
import type { DataPlane, Moment } from "./data-plane";
import type { OperationDeps } from "./operation-deps";

/** A fork of the source as it is when this runs, whether the source runs or not. */
export function forkHandler(deps: OperationDeps): OperationHandler {
  const { plane, db } = deps;
  return {
    steps: {
      async settle(context) {
        const { source } = await begin(deps, context);
        assert(source, "a fork has a source");
        await plane.computes.settle(source.serviceId);
        return undefined;
      },
      async clone(context) {
        const base = await cloneSource(plane, await getServiceWork(db, context.operation.serviceId));
        await context.write((tx) => recordForkBase(tx, context.operation.serviceId, base));
        return { commit: base.commit, micros: base.micros };
      },
      async start({ operation }) {
        await bringUp(deps, await getServiceWork(db, operation.serviceId));
        return undefined;
      },
      async check(context) {
        await checkAndServe(deps, context);
        return undefined;
      },
    },
    ...leavingNothing("fork", deps),
  };
}

async function cloneSource(plane: DataPlane, { source, volumeId }: ServiceWork): Promise<Moment> {
  assert(source, "a fork has a source");
  const isMade = (await plane.volumes.find(volumeId)) !== undefined;
  if (!isMade && !(await plane.volumes.find(source.volumeId)))
    throw new AppError("NOT_FOUND", `${source.name} was purged before it could be forked. Choose another source.`);
  return plane.volumes.fork(source.volumeId, volumeId);
}
