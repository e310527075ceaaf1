import { authorize } from "@/lib/auth";
import { IDS_MAX } from "@/lib/engine-client";
import type { Actor } from "@/lib/schemas/actor";
import { type CallOptions, servicesContext } from "../context";
import { isLive, statesWhere } from "../service-state";

/** How many clients each of the project's services has now, without those that have none; null while the engine is silent. */
export async function countConnections(
  actor: Actor,
  options: CallOptions = {},
): Promise<Record<string, number> | null> {
  authorize(actor, "service.read");
  const { db, engine } = servicesContext(options);
  const where = { projectId: actor.projectId, status: { in: statesWhere(isLive) } };
  const rows = await db.service.findMany({ where, select: { id: true } });
  const counts: Record<string, number> = {};
  try {
    for (let start = 0; start < rows.length; start += IDS_MAX) {
      const ids = rows.slice(start, start + IDS_MAX).map(({ id }) => id);
      for (const [id, clients] of await engine.connections(ids)) if (clients.length > 0) counts[id] = clients.length;
    }
    return counts;
  } catch {
    return null; // a silent engine costs the figure, not the page
  }
}
