import type { OperationHandler } from "@/lib/orchestrator";
import type { DurableKind } from "@/lib/schemas/operation";
import { allowListHandler } from "./allow-list";
import { armHandler } from "./arm";
import { createHandler } from "./create";
import { deleteHandler } from "./delete";
import { expireHandler } from "./expire";
import { explainFullDisk } from "./explain-failure";
import { forkHandler } from "./fork";
import { freeHandler } from "./free";
import type { OperationDeps } from "./operation-deps";
import { pauseHandler } from "./pause";
import { purgeHandler } from "./purge";
import { resetHandler } from "./reset";
import { resizeHandler } from "./resize";
import { restoreHandler } from "./restore";
import { resumeHandler } from "./resume";
import { schemaHandler } from "./schema";
import { settingsHandler } from "./settings";
import { snapshotHandler } from "./snapshot";

/** A handler per kind of operation, for `startOrchestrator`. */
export function operationHandlers(deps: OperationDeps): Record<DurableKind, OperationHandler> {
  return {
    create: withWordsForFullDisk(createHandler(deps)),
    fork: withWordsForFullDisk(forkHandler(deps)),
    pause: withWordsForFullDisk(pauseHandler(deps)),
    resume: withWordsForFullDisk(resumeHandler(deps)),
    resize: withWordsForFullDisk(resizeHandler(deps)),
    reset: withWordsForFullDisk(resetHandler(deps)),
    expire: withWordsForFullDisk(expireHandler(deps)),
    delete: withWordsForFullDisk(deleteHandler(deps)),
    restore: withWordsForFullDisk(restoreHandler(deps)),
    purge: withWordsForFullDisk(purgeHandler(deps)),
    free: withWordsForFullDisk(freeHandler(deps)),
    snapshot: withWordsForFullDisk(snapshotHandler(deps)),
    settings: withWordsForFullDisk(settingsHandler(deps)),
    schema: withWordsForFullDisk(schemaHandler(deps)),
    arm: withWordsForFullDisk(armHandler(deps)),
    allow_list: withWordsForFullDisk(allowListHandler(deps)),
  };
}

function withWordsForFullDisk(handler: OperationHandler): OperationHandler {
  const steps = Object.entries(handler.steps).map(([name, step]) => [name, explainFullDisk(step)]);
  return { ...handler, steps: Object.fromEntries(steps) };
}
