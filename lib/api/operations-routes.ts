import { emptyBody } from "@/lib/schemas/service";
import { getOperation, listOperations, requestCancel } from "@/lib/services";
import { route } from "./endpoint";
import { openEventStream } from "./event-stream";
import { readJson } from "./read-json";

/** `P/operations?service_id=` */
export const operationsRoute = route({
  GET: async ({ actor, request }) => {
    const serviceId = new URL(request.url).searchParams.get("service_id") ?? undefined;
    return { status: 200, body: await listOperations(actor, { serviceId }) };
  },
});

/** `P/operations/{id}` */
export const operationRoute = route({
  GET: async ({ actor, param }) => ({ status: 200, body: await getOperation(actor, param("operation_id")) }),
});

/** `P/operations/{id}/cancel` */
export const cancelRoute = route({
  POST: async ({ actor, request, param }) => {
    await readJson(request, emptyBody);
    return { status: 202, body: await requestCancel(actor, param("operation_id")) };
  },
});

/** `P/events` */
export const progressRoute = route({
  GET: async ({ actor, request, identity }) => ({
    status: 200,
    stream: openEventStream(actor, request, { seat: identity.publicKey }),
  }),
});
