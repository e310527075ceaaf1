import type { StepContext } from "@/lib/orchestrator";
import { readManifest, type ServiceWork, writeManifest } from "@/lib/services";
import { bringUp } from "./bring-up";
import { planDisarm } from "./disarm-plan";
import type { OperationDeps } from "./operation-deps";

/**
 * A fork cannot do what its source does by itself, and nobody gets in with a password of its source, before it is READY. The list is
 * written first: what is found off and not listed later was off in the source. Where nothing is on nothing is written to the volume.
 */
export async function disarm(
  deps: OperationDeps,
  context: StepContext,
  { work, leavesJobs = false }: { work: ServiceWork; leavesJobs?: boolean },
): Promise<void> {
  const { plane, db, clock } = deps;
  const { serviceId } = work;
  await bringUp(deps, work);
  const [found, manifest] = await Promise.all([plane.switches.list(serviceId), readManifest(db, serviceId)]);
  const { off, items } = planDisarm({ found, manifest, leavesJobs });
  if (items.length > 0 || manifest.items.length > 0)
    await context.write((tx) =>
      writeManifest(tx, { serviceId, items, by: context.operation.requestedBy, nowMs: clock.nowMs() }),
    );
  if (off.length > 0) await plane.switches.turnOff(serviceId, off);
}
