import type { Actor } from "@/lib/schemas/actor";
import type { ForkInput } from "@/lib/schemas/operation-input";
import type { ForkServiceBody } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import type { ServicesContext } from "./context";
import { getServiceRow, type ServiceRow } from "./find-service-row";
import { type ForkTarget, readForkTarget } from "./fork-target";
import type { Placement } from "./place-service";
import { type MomentRequest, NEWEST, reserveMoment } from "./reserve-moment";
import { isBeingDeleted, isComingUp, isFailed, isForkable, isListed } from "./service-state";
import { withWindowEnds } from "./target-errors";

/** Where a fork will start, as far as it is decided when it is asked for. */
export interface ForkStart {
  readonly columns: Pick<
    NonNullable<Placement["fork"]>,
    | "targetMicros"
    | "baseCommit"
    | "baseCommitMicros"
    | "firstLeftOutMicros"
    | "baseSnapshotId"
    | "baseExact"
    | "momentsMissing"
  >;
  readonly input: ForkInput;
  /** Nothing was made of it after all. */
  release(): Promise<void>;
}

export interface StartRequest {
  readonly context: ServicesContext;
  readonly actor: Actor;
  readonly sourceId: string;
  readonly body: ForkServiceBody;
  readonly holdId: string;
}

// A fork is made within seconds; an engine that is away for a day has worse to say. The clone ends the hold.
export const RESERVED_SECONDS = 86_400;

/**
 * Decides where the fork starts and keeps that commit until the fork is made; refuses what cannot be had while nothing is made
 * yet. A fork of now starts at the commit that is newest when it is made, and reserves none.
 */
export async function reserveStart({ context, actor, sourceId, body, holdId }: StartRequest): Promise<ForkStart> {
  const source = assertForkable(await getServiceRow(context.db, actor, sourceId));
  const target = await readTarget(context, source, body);
  if (target.kind === "now") return { columns: {}, input: {}, release: async () => {} };
  const reserved = await reserveMoment(context, source, {
    ...toMoment(target),
    holdId,
    leaseSeconds: RESERVED_SECONDS,
  });
  return {
    columns: {
      targetMicros: target.kind === "time" ? BigInt(target.micros) : null,
      baseCommit: BigInt(reserved.commit),
      baseCommitMicros: BigInt(reserved.micros),
      firstLeftOutMicros: reserved.nextMicros === undefined ? null : BigInt(reserved.nextMicros),
      baseSnapshotId: reserved.snapshotId ?? null,
      baseExact: reserved.exact,
      momentsMissing: BigInt(reserved.momentsMissing),
    },
    input: { reserved: { commit: reserved.commit, holdId, volumeId: source.volumeId } },
    async release() {
      // A hold that cannot be ended now ends with its lease.
      await context.engine.history.release({ volumeId: source.volumeId, holdId }).catch(() => {});
    },
  };
}

export async function readTarget(
  context: ServicesContext,
  source: ServiceRow,
  body: ForkServiceBody,
): Promise<ForkTarget> {
  try {
    return readForkTarget(body);
  } catch (error) {
    if (!(error instanceof AppError) || error.field !== "target_time" || body.fork_strategy !== "PITR") throw error;
    throw await withWindowEnds(context, source, error);
  }
}

export function toMoment(target: Exclude<ForkTarget, { kind: "now" }>): MomentRequest {
  switch (target.kind) {
    case "snapshot":
      return {
        snapshotId: target.snapshotId ?? NEWEST,
        field: target.snapshotId === undefined ? "fork_strategy" : "snapshot_id",
      };
    case "time":
      return { micros: target.micros, acceptInexact: target.acceptInexact, field: "target_time" };
    case "event":
      return { eventId: target.eventId, field: "target_event" };
    case "commit":
      return { commit: target.commit, field: "commit" };
  }
}

/** The source as it is, or why it cannot be forked. */
export function assertForkable(source: ServiceRow): ServiceRow {
  if (isForkable(source.status)) return source;
  if (!isListed(source.status))
    throw new AppError("NOT_FOUND", `${source.name} was deleted. Restore it from Recently deleted to fork it.`);
  throw new AppError("SOURCE_BUSY", `${source.name} ${whyBusy(source)}`, { field: "source" });
}

function whyBusy({ status }: ServiceRow): string {
  if (isBeingDeleted(status)) return "is being deleted and cannot be forked. Undo that, or choose another source.";
  if (isFailed(status)) return "failed and holds no data. Choose another source.";
  if (isComingUp(status)) return "is not ready yet. It can be forked as soon as it is.";
  return "cannot be forked now. Choose another source.";
}
