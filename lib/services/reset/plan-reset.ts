import type { ResetInput } from "@/lib/schemas/operation-input";
import type { ForkServiceBody, ResetBody } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { newId } from "@/lib/std/ids";
import type { ServicesContext } from "../context";
import type { ServiceRow } from "../find-service-row";
import { RESERVED_SECONDS, readTarget, toMoment } from "../fork-start";
import { reserveMoment } from "../reserve-moment";
import { isBaseMark } from "./base-mark";

/** Which volume a service goes on with. */
export interface ResetPlan {
  readonly volumes: Omit<ResetInput, "from">;
  /** Nothing was made of it after all. */
  release(): Promise<void>;
}

export interface ResetAsked {
  readonly row: ServiceRow;
  readonly body: ResetBody;
  /** Keeps the commit until the operation has cloned it. */
  readonly holdId: string;
}

/** Finds what a reset goes back to and keeps it until it is done; refuses what cannot be had while nothing has changed. */
export async function planReset(context: ServicesContext, asked: ResetAsked): Promise<ResetPlan> {
  const { undo, base, ...point } = asked.body;
  const ways = [undo, base, point.fork_strategy].filter((way) => way !== undefined).length;
  if (ways !== 1 || ((undo || base) && Object.values(point).some((value) => value !== undefined)))
    throw new AppError("INVALID_REQUEST", "Give one of fork_strategy with its moment, undo and base.", {
      field: "fork_strategy",
    });
  if (undo) return planUndo(asked.row);
  return base ? planBase(context, asked) : planMoment(context, asked);
}

function planUndo(row: ServiceRow): ResetPlan {
  const [kept] = row.retired;
  if (!kept) throw new AppError("GONE", `There is nothing to undo: ${row.name} was not reset, or its grace is over.`);
  const volumes = { oldVolumeId: row.volumeId, newVolumeId: kept.volumeId, clone: null };
  return { volumes, release: async () => {} };
}

async function planMoment(context: ServicesContext, { row, body, holdId }: ResetAsked): Promise<ResetPlan> {
  const target = await readTarget(context, row, body as ForkServiceBody);
  if (target.kind === "now") throw new AppError("INVALID_REQUEST", "A reset to now would change nothing.");
  const ask = { ...toMoment(target), holdId, leaseSeconds: RESERVED_SECONDS };
  const { commit, micros } = await reserveMoment(context, row, ask);
  return planClone(context, row, { volumeId: row.volumeId, commit, micros, holdId, isBase: false });
}

/** The volume that a fork began with has a mark at that commit; after a reset it is one of those that are kept. */
async function planBase(context: ServicesContext, { row, holdId }: ResetAsked): Promise<ResetPlan> {
  if (row.forkedFromId === null)
    throw new AppError("INVALID_REQUEST", `${row.name} is no fork. Choose a moment of its history instead.`, {
      field: "base",
    });
  const kept = await context.db.retiredVolume.findMany({
    where: { serviceId: row.id },
    orderBy: { retiredAt: "desc" },
    select: { volumeId: true },
  });
  for (const volumeId of [row.volumeId, ...kept.map((one) => one.volumeId)]) {
    const { holds } = await context.engine.history.window({ volumeId });
    const mark = holds.find((hold) => isBaseMark(hold, volumeId));
    if (!mark) continue;
    const leaseMicros = RESERVED_SECONDS * 1_000_000;
    const ask = { serviceId: row.id, volumeId, at: { commit: mark.commit }, holdId, leaseMicros };
    const { commit, micros } = await context.engine.history.reserve(ask);
    return planClone(context, row, { volumeId, commit, micros, holdId, isBase: true });
  }
  throw new AppError("GONE", `What ${row.name} began with went with the volume that it had before its reset.`);
}

function planClone({ engine }: ServicesContext, row: ServiceRow, clone: NonNullable<ResetInput["clone"]>): ResetPlan {
  return {
    volumes: { oldVolumeId: row.volumeId, newVolumeId: newId(), clone },
    async release() {
      // A hold that cannot be ended now ends with its lease.
      await engine.history.release({ volumeId: clone.volumeId, holdId: clone.holdId }).catch(() => {});
    },
  };
}
