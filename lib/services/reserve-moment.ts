import type { ReservedFacts, Target } from "@/lib/engine-client";
import { AppError } from "@/lib/std/app-error";
import type { ServicesContext } from "./context";
import type { ServiceRow } from "./find-service-row";
import { findCommitBefore, toEventDto } from "./service-events";
import { type AskedMoment, sayingTarget } from "./target-errors";

/** A moment of a service, by one of the ways to name it, and the request's field that does. */
export interface MomentRequest {
  readonly micros?: number | undefined;
  readonly acceptInexact?: boolean | undefined;
  readonly eventId?: string | undefined;
  readonly commit?: number | undefined;
  /** `newest` means the newest there is. */
  readonly snapshotId?: string | undefined;
  readonly field: string;
}

export const NEWEST = "newest";

/** What the engine is asked, and what is said when it refuses. */
export interface PlannedMoment {
  readonly at: Target;
  readonly asked: AskedMoment;
}

/** Turns an event into the last commit before it; everything else is the engine's to find. */
export async function planMoment(
  { db }: ServicesContext,
  source: ServiceRow,
  moment: MomentRequest,
): Promise<PlannedMoment> {
  const { micros, acceptInexact = false, eventId, snapshotId, field } = moment;
  if (micros !== undefined) return { at: { micros, acceptInexact }, asked: { source, micros, field } };
  if (snapshotId === NEWEST) return { at: { newestSnapshot: true }, asked: { source, field } };
  if (snapshotId !== undefined) return { at: { snapshotId }, asked: { source, snapshotId, field } };
  if (moment.commit !== undefined) return atCommit(source, moment.commit, field);
  const row = await db.serviceEvent.findFirst({ where: { id: eventId ?? "", serviceId: source.id } });
  if (!row) throw new AppError("NOT_FOUND", `There is no such event in the history of ${source.name}.`, { field });
  return atCommit(source, findCommitBefore(toEventDto(row)), field);
}

const atCommit = (source: ServiceRow, commit: number, field: string): PlannedMoment => ({
  at: { commit },
  asked: { source, commit, field },
});

export interface Reservation {
  readonly holdId: string;
  readonly leaseSeconds: number;
}

/** Resolves a moment and keeps its commit for a while, in one question. */
export async function reserveMoment(
  context: ServicesContext,
  source: ServiceRow,
  { holdId, leaseSeconds, ...moment }: MomentRequest & Reservation,
): Promise<ReservedFacts> {
  const { at, asked } = await planMoment(context, source, moment);
  const { id: serviceId, volumeId } = source;
  const ask = { serviceId, volumeId, at, holdId, leaseMicros: leaseSeconds * 1_000_000 };
  return sayingTarget(context, asked, context.engine.history.reserve(ask));
}
