import type { OperationHandler } from "@/lib/orchestrator";
import type { OperationDeps } from "./operation-deps";

/** Newcomers are judged by the row from its change on; here the sessions end that it no longer allows. */
export function allowListHandler({ plane }: Pick<OperationDeps, "plane">): OperationHandler {
  return {
    steps: {
      async apply({ operation }) {
        await plane.endpoints.recheck(operation.serviceId);
        return undefined;
      },
    },
  };
}
