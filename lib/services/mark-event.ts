import { authorize } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import type { EventDto } from "@/lib/schemas/history";
import type { MarkEventBody } from "@/lib/schemas/history-requests";
import { newId } from "@/lib/std/ids";
import { formatMicros } from "@/lib/std/micros";
import { type CallOptions, servicesContext } from "./context";
import { readTime } from "./fork-target";
import { getRowWithHistory } from "./history-source";
import { recordChange } from "./record-change";
import { recordServiceEvents } from "./service-events";
import { sayingTarget } from "./target-errors";

/** A deploy or an alert that somebody tells: tied to the newest commit at or before its time, which is then kept from thinning. */
export async function markEvent(
  actor: Actor,
  { serviceId, body }: { serviceId: string; body: MarkEventBody },
  options: CallOptions = {},
): Promise<EventDto> {
  const context = servicesContext(options);
  const source = await getRowWithHistory(context.db, actor, serviceId);
  const asked = body.time === undefined ? {} : { micros: readTime(body.time, "time") };
  authorize(actor, "event.create", source);
  const id = newId();
  const ask = { volumeId: source.volumeId, guardId: id, ...asked };
  const marked = context.engine.history.mark(ask);
  const { commit, atMicros } = await sayingTarget(context, { source, field: "time", ...asked }, marked);
  const { kind, what } = body;
  await context.db.$transaction(async (tx) => {
    await recordServiceEvents(tx, source.id, [{ id, kind, what, rows: null, commit, micros: atMicros }]);
    const nowMs = context.clock.nowMs();
    await recordChange(tx, { actor, action: "event.create", service: source, after: { kind, what, commit }, nowMs });
  });
  return { id, kind, what, rows: null, commit, time: formatMicros(atMicros) };
}
