import type { z } from "zod";
import type { cameFromInput } from "@/lib/schemas/operation-input";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import { type ServiceRow, serviceNotFound } from "./find-service-row";
import {
  hasExpired,
  isBeingDeleted,
  isComingUp,
  isFailed,
  isListed,
  isPaused,
  isServed,
  type ServiceState,
} from "./service-state";

export interface Wish {
  /** What a person wants to do with it: `pause`, `resize`. */
  readonly to: string;
  readonly needs: (state: ServiceState) => boolean;
}

/** The service is in a state for this, or an AppError that says why not and what helps. */
export function assertAwake(row: ServiceRow, { to, needs }: Wish): void {
  if (needs(row.status)) return;
  if (!isListed(row.status)) throw serviceNotFound();
  if (hasExpired(row.status)) throw expired(row);
  throw new AppError("CONFLICT", `${row.name} ${sayWhy(row, to)}`, { details: { status: row.status } });
}

const expired = ({ id, name, expiredAt, purgeAt }: ServiceRow): AppError =>
  new AppError(
    "EXPIRED",
    `${name} expired at ${expiredAt?.toISOString()}. Restore it to go on with it; its data is kept until ${purgeAt?.toISOString()}.`,
    {
      details: { expired_at: expiredAt, purge_at: purgeAt },
      fix: [{ label: `Restore ${name}`, href: `/forks/${id}` }],
    },
  );

function sayWhy({ status }: ServiceRow, to: string): string {
  if (isBeingDeleted(status)) return "is being deleted. Undo that first.";
  if (isFailed(status)) return "failed and holds no data. Delete it and make another one.";
  if (isComingUp(status)) return `is being prepared. Wait until it is READY to ${to} it.`;
  if (isPaused(status)) return to === "pause" ? "is paused already." : `is paused. Start it to ${to} it.`;
  if (isServed(status)) return to === "start" ? "is running already." : `is running. Pause it to ${to} it.`;
  return `is ${status}. Wait until that is done to ${to} it.`;
}

type CameFrom = z.infer<typeof cameFromInput>["from"];

/** Where it goes back to when what was asked for comes to nothing. */
export function cameFrom({ status }: ServiceRow): CameFrom {
  assert(isServed(status) || isPaused(status), `a service that is ${status} has other things to do`);
  return status as CameFrom;
}
