import type { StepContext } from "@/lib/orchestrator";
import { getServiceWork, markConfiguring, markReady, type ServiceWork } from "@/lib/services";
import { assert } from "@/lib/std/assert";
import type { DataPlane } from "./data-plane";
import type { OperationDeps } from "./operation-deps";

/** The operation has begun: what its first step of whatever kind says. */
export async function begin(deps: OperationDeps, context: StepContext): Promise<ServiceWork> {
  await context.write((tx) => markConfiguring(tx, context.operation.serviceId));
  return getServiceWork(deps.db, context.operation.serviceId);
}

/**
 * Postgres runs and the port is open. Every step that talks to the endpoint begins with this: after a crash both are gone,
 * though an earlier step is recorded as done.
 */
export async function bringUp({ plane }: OperationDeps, work: ServiceWork): Promise<void> {
  const { serviceId, volumeId, imageId, size } = work;
  await plane.computes.start({ serviceId, volumeId, imageId, size });
  await openEndpoint(plane, work);
}

async function openEndpoint(plane: DataPlane, { serviceId, port }: ServiceWork): Promise<void> {
  assert(port !== null, "a service keeps its port until it is purged");
  await plane.endpoints.open({ serviceId, port });
}

/** READY, once a query was answered. A service that was deleted meanwhile stays deleted. */
export async function checkAndServe(deps: OperationDeps, context: StepContext): Promise<void> {
  const { serviceId } = context.operation;
  await bringUp(deps, await getServiceWork(deps.db, serviceId));
  await deps.plane.endpoints.check(serviceId);
  // Not left to the end of the operation: a crash between the two would find a recorded check and a closed port.
  await context.write((tx) => markReady(tx, serviceId));
}

/** Nothing of it runs; whoever connects is told why. Sessions are ended with `reason`. */
export async function putToSleep(
  { plane }: Pick<OperationDeps, "plane">,
  work: ServiceWork,
  reason: string,
): Promise<void> {
  await takeDown({ plane }, work.serviceId, reason);
  await openEndpoint(plane, work);
}

/** Nothing of it runs, nobody is connected. */
export async function takeDown(
  { plane }: Pick<OperationDeps, "plane">,
  serviceId: string,
  reason: string,
): Promise<void> {
  await plane.endpoints.close(serviceId, reason);
  await plane.computes.stop(serviceId);
}
