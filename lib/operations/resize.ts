import type { OperationHandler, StepContext } from "@/lib/orchestrator";
import { resizeInput } from "@/lib/schemas/operation-input";
import { getServiceWork, markBroken, setSize } from "@/lib/services";
import { bringUp, checkAndServe, takeDown } from "./bring-up";
import { explainFailure } from "./explain-failure";
import type { OperationDeps } from "./operation-deps";

/** Starts a running service anew with another size. One that does not come up with it has its old size again. */
export function resizeHandler(deps: OperationDeps): OperationHandler {
  const { db } = deps;
  const isOver = async ({ operation }: StepContext) => {
    const { isDeleted, hasExpired } = await getServiceWork(db, operation.serviceId);
    return isDeleted || hasExpired;
  };
  /** The row's size is what runs, or will: it changes while nothing does. */
  const stopAndSize = async (context: StepContext, size: "before" | "after") => {
    const { serviceId, input } = context.operation;
    const { name } = await getServiceWork(db, serviceId);
    await takeDown(deps, serviceId, `${name} is being resized. Connect again in a moment.`);
    await context.write((tx) => setSize(tx, serviceId, resizeInput.parse(input)[size]));
  };
  return {
    steps: {
      async stop(context) {
        if (!(await isOver(context))) await stopAndSize(context, "after");
        return undefined;
      },
      async start(context) {
        if (!(await isOver(context))) await bringUp(deps, await getServiceWork(db, context.operation.serviceId));
        return undefined;
      },
      async check(context) {
        if (!(await isOver(context))) await checkAndServe(deps, context);
        return undefined;
      },
    },
    async undo(context) {
      if (await isOver(context)) return;
      await stopAndSize(context, "before");
      await checkAndServe(deps, context);
    },
    async onFailed(tx, operation, failure) {
      await markBroken(tx, operation.serviceId, explainFailure("resize", failure));
    },
  };
}
