import type { Actor } from "@/lib/schemas/actor";
import type { ResizeInput } from "@/lib/schemas/operation-input";
import type { ResizeBody, ServiceDto } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import { askFor, recordDone } from "./ask-for";
import { askOnce } from "./ask-once";
import { assertAwake, cameFrom } from "./can-change";
import { getService } from "./get-service";
import { moveService } from "./move-service";
import { saying } from "./pause";
import type { NewServiceOptions } from "./request-create";
import { chooseSize, saySize } from "./service-sizes";
import { isPaused, isServed } from "./service-state";

export interface ResizeRequest {
  readonly serviceId: string;
  readonly body: ResizeBody;
}

/** Asks for another size: Postgres is started again with it. A paused service has it at once, and is started with it some day. */
export async function requestResize(
  actor: Actor,
  { serviceId, body }: ResizeRequest,
  options: NewServiceOptions = {},
): Promise<ServiceDto> {
  await askOnce({ actor, serviceId, action: "service.resize", body, options }, async (tx, row, nowMs) => {
    assertAwake(row, { to: "resize", needs: (state) => isServed(state) || isPaused(state) });
    const after = chooseSize(body, row);
    const before = { cpuMillis: row.cpuMillis, memoryGbs: row.memoryGbs };
    if (after.cpuMillis === before.cpuMillis && after.memoryGbs === before.memoryGbs)
      throw new AppError("CONFLICT", `${row.name} has the size ${saySize(after)} already.`, { field: "cpu_millis" });
    const input: ResizeInput = { from: cameFrom(row), before, after: { ...after } };
    const asked = { kind: "resize" as const, service: row, by: actor.name, nowMs, input };
    if (isPaused(row.status)) {
      await tx.service.update({ where: { id: serviceId }, data: after });
      return recordDone(tx, asked);
    }
    const moved = await moveService(tx, { serviceId, to: "UPGRADING", from: [row.status] });
    assert(moved, "a service whose row is held moves as the table says");
    return askFor(tx, asked);
  });
  return saying(await getService(actor, serviceId, options), { READY: "UPGRADING" });
}
