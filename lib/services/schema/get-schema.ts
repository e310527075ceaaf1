import { authorize } from "@/lib/auth";
import type { Transaction } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import { type SchemaInput, schemaInput } from "@/lib/schemas/operation-input";
import type { SchemaAgainst, SchemaPending } from "@/lib/schemas/schema-reading";
import { newId } from "@/lib/std/ids";
import { askFor } from "../ask-for";
import { type CallOptions, servicesContext } from "../context";
import { lockServiceRow } from "../find-service-row";
import { assertHasHistory, getRowWithHistory } from "../history-source";
import { findSides, type SchemaSides } from "./find-sides";
import { findReading, type SchemaReading } from "./readings";

interface SchemaRequest {
  readonly serviceId: string;
  readonly against?: SchemaAgainst | undefined;
}

/**
 * A service's schema, or how it differs from its source's, if it was read and nothing was written since; else the operation that
 * reads it, asked for here unless one is under way. What that could not do is thrown at whoever asks next.
 */
export async function getSchema(
  actor: Actor,
  { serviceId, against }: SchemaRequest,
  options: CallOptions = {},
): Promise<SchemaReading | SchemaPending> {
  authorize(actor, "schema.read");
  const context = servicesContext(options);
  const row = await getRowWithHistory(context.db, actor, serviceId);
  const sides = await findSides(context, row, against);
  const wanted = { serviceId, against, sides, nowMs: context.clock.nowMs() };
  const found = await findReading(context.db, wanted);
  if (found) return found;
  return context.db.$transaction(async (tx) => {
    const held = await lockServiceRow(tx, actor, serviceId);
    assertHasHistory(held);
    const underWay = await findUnderWay(tx, serviceId, against);
    if (underWay !== undefined) return { operation_id: underWay };
    const input = toInput(against, sides);
    const nowMs = context.clock.nowMs();
    return { operation_id: await askFor(tx, { kind: "schema", service: held, by: actor.name, nowMs, input }) };
  });
}

async function findUnderWay(
  tx: Transaction,
  serviceId: string,
  against: SchemaAgainst | undefined,
): Promise<string | undefined> {
  const rows = await tx.operation.findMany({ where: { serviceId, kind: "schema", finishedAt: null } });
  return rows.find(({ input, cancelAskedAt }) => !cancelAskedAt && schemaInput.parse(input).against === against)?.id;
}

/** The hidden forks have their names before they are made, so that whoever ends the operation can end them. */
function toInput(against: SchemaAgainst | undefined, { source }: SchemaSides): SchemaInput {
  if (against === undefined) return { hiddenId: newId() };
  const { volumeId, commit } = source ?? {};
  const base =
    against === "source_then" && volumeId !== undefined && commit !== undefined ? { volumeId, commit } : undefined;
  return { against, hiddenId: newId(), hiddenSourceId: newId(), ...(base && { base }) };
}
