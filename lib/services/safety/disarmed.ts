import { authorize } from "@/lib/auth";
import type { Prisma } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import type { OperationDto } from "@/lib/schemas/operation";
import type { ArmInput } from "@/lib/schemas/operation-input";
import { type ArmBody, type DisarmedDto, disarmedDetails, disarmedKind } from "@/lib/schemas/safety";
import { AppError } from "@/lib/std/app-error";
import { createScramVerifier } from "@/lib/std/scram";
import { askFor } from "../ask-for";
import { assertAwake } from "../can-change";
import { type CallOptions, servicesContext } from "../context";
import { getServiceRow, lockServiceRow, serviceNotFound } from "../find-service-row";
import { getOperation } from "../list-operations";
import type { Db } from "../move-service";
import { recordChange } from "../record-change";
import { isPurged, isServed } from "../service-state";

/** What a fork was not given of its source's abilities, and which of it somebody switched on. Empty for what is no fork. */
export async function listDisarmed(actor: Actor, serviceId: string, options: CallOptions = {}): Promise<DisarmedDto[]> {
  const { db } = servicesContext(options);
  const row = await getServiceRow(db, actor, serviceId);
  if (isPurged(row.status)) throw serviceNotFound();
  authorize(actor, "service.disarmedRead", row);
  const items = await db.disarmedItem.findMany({ where: { serviceId }, orderBy: [{ kind: "asc" }, { name: "asc" }] });
  return items.map(toDto);
}

export interface ArmRequest {
  readonly serviceId: string;
  readonly itemId: string;
  readonly body: ArmBody;
}

/**
 * Asks that one of these be switched on, which its Postgres has to be running for: a job runs again by its schedule, a subscription
 * is enabled, a role has the password that is given. An operation, because what is on must be in the list as on, whatever dies.
 */
export async function requestArm(
  actor: Actor,
  { serviceId, itemId, body: { password } }: ArmRequest,
  options: CallOptions = {},
): Promise<OperationDto> {
  const context = servicesContext(options);
  // The slow hash must not hold the row.
  const verifier = password === undefined ? undefined : await createScramVerifier(password);
  const operationId = await context.db.$transaction(async (tx) => {
    const nowMs = context.clock.nowMs();
    const row = await lockServiceRow(tx, actor, serviceId);
    authorize(actor, "service.arm", row);
    const item = await getItem(tx, serviceId, itemId);
    assertAsked(item, verifier !== undefined);
    assertAwake(row, { to: "switch this on", needs: isServed });
    const input: ArmInput = { itemId, ...(verifier !== undefined && { verifier }) };
    const operationId = await askFor(tx, { kind: "arm", service: row, by: actor.name, nowMs, input });
    const after = { kind: item.kind, what: item.name, operationId };
    await recordChange(tx, { actor, action: "service.arm", service: row, after, nowMs });
    return operationId;
  });
  return getOperation(actor, operationId, { context });
}

type Item = Prisma.DisarmedItemGetPayload<Record<string, never>>;

async function getItem(db: Db, serviceId: string, itemId: string): Promise<Item> {
  const item = await db.disarmedItem.findFirst({ where: { id: itemId, serviceId } });
  if (item) return item;
  throw new AppError("NOT_FOUND", "There is no such thing to switch on in this service.");
}

function assertAsked(item: Item, hasPassword: boolean): void {
  if (item.kind === "role_password") {
    if (hasPassword) return;
    throw new AppError("INVALID_REQUEST", `Give the password that ${item.name} is to have.`, { field: "password" });
  }
  if (hasPassword)
    throw new AppError("INVALID_REQUEST", `${item.name} takes no password. Leave it out.`, { field: "password" });
  if (item.armedAt !== null)
    throw new AppError("CONFLICT", `${item.name} is on already, by ${item.armedBy ?? "somebody"}.`);
}

const toDto = ({ id, kind, name, details, createdAt, armedAt, armedBy }: Item): DisarmedDto => ({
  id,
  kind: disarmedKind.parse(kind),
  name,
  details: disarmedDetails.catch({}).parse(details),
  disarmed_at: createdAt.toISOString(),
  armed_at: armedAt?.toISOString() ?? null,
  armed_by: armedBy,
});
