import { getOperation, listOperations } from "@/lib/services";
import { route } from "./endpoint";

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
