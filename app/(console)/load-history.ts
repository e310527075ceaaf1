import "server-only";
import type { SnapshotsData, WindowData } from "@/lib/client/history";
import { isListed } from "@/lib/client/status";
import type { Actor } from "@/lib/schemas/actor";
import { getWindow, listServices, listSnapshots } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { stamp } from "../answer-json";

export async function loadWindow(actor: Actor, serviceId: string): Promise<WindowData> {
  return stamp({ window: await getWindow(actor, serviceId) });
}

// Questions to the engine at a time: a project has up to 500 forks, and each is asked about its own history.
const ASKED_TOGETHER = 16;

/** The snapshots of every service and fork; one whose history cannot be read now is in the list without any. */
export async function loadSnapshots(actor: Actor): Promise<SnapshotsData> {
  const left = (await listServices(actor)).filter(isListed).map(({ service_id }) => service_id);
  const found: SnapshotsData["services"][number][] = [];
  const askInTurn = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift())
      found.push({ service_id: id, snapshots: await listSnapshots(actor, id).catch(unreadable) });
  };
  await Promise.all(Array.from({ length: ASKED_TOGETHER }, askInTurn));
  return stamp({ services: found });
}

/** Its engine is silent, or it is on its way in or out. */
function unreadable(error: unknown): null {
  if (error instanceof AppError) return null;
  throw error;
}
