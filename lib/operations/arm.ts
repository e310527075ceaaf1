import type { OperationHandler } from "@/lib/orchestrator";
import { armInput } from "@/lib/schemas/operation-input";
import { findManifestItem, getServiceWork, markArmed } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { bringUp } from "./bring-up";
import type { OperationDeps } from "./operation-deps";

/** Switches one thing of a fork on that was off since it was made, and then says so in its list. */
export function armHandler(deps: OperationDeps): OperationHandler {
  const { plane, db, clock } = deps;
  return {
    steps: {
      async arm(context) {
        const { operation } = context;
        const { itemId, verifier } = armInput.parse(operation.input);
        const work = await getServiceWork(db, operation.serviceId);
        const item = await findManifestItem(db, itemId);
        if (!item || work.isDeleted || work.hasExpired)
          throw new AppError("GONE", `It went before it could be switched on, with ${work.name} or a reset of it.`);
        await bringUp(deps, work);
        await plane.switches.turnOn(work.serviceId, { item, verifier });
        await context.write((tx) => markArmed(tx, itemId, { by: operation.requestedBy, nowMs: clock.nowMs() }));
        return undefined;
      },
    },
    onSucceeded: forgetVerifier,
    onFailed: forgetVerifier,
    onCancelled: forgetVerifier,
  };
}

/** The password's verifier is the role's alone from here on. */
const forgetVerifier: NonNullable<OperationHandler["onSucceeded"]> = async (tx, { id, input }) => {
  const { itemId } = armInput.parse(input);
  await tx.operation.update({ where: { id }, data: { input: { itemId } } });
};
