import type { OperationHandler } from "@/lib/orchestrator";
import type { OperationKind } from "@/lib/schemas/operation";
import { createHandler } from "./create";
import { deleteHandler } from "./delete";
import { explainFullDisk } from "./explain-failure";
import { forkHandler } from "./fork";
import type { OperationDeps } from "./operation-deps";
import { purgeHandler } from "./purge";
import { restoreHandler } from "./restore";
import { settingsHandler } from "./settings";
import { snapshotHandler } from "./snapshot";

/** A handler per kind of operation, for `startOrchestrator`. */
export function operationHandlers(deps: OperationDeps): Record<OperationKind, OperationHandler> {
  return {
    create: withWordsForFullDisk(createHandler(deps)),
    fork: withWordsForFullDisk(forkHandler(deps)),
    delete: withWordsForFullDisk(deleteHandler(deps)),
    restore: withWordsForFullDisk(restoreHandler(deps)),
    purge: withWordsForFullDisk(purgeHandler(deps)),
    snapshot: withWordsForFullDisk(snapshotHandler(deps)),
    settings: withWordsForFullDisk(settingsHandler(deps)),
  };
}

function withWordsForFullDisk(handler: OperationHandler): OperationHandler {
  const steps = Object.entries(handler.steps).map(([name, step]) => [name, explainFullDisk(step)]);
  return { ...handler, steps: Object.fromEntries(steps) };
}
