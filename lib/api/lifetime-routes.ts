import { emptyBody, extendBody, extensionQuery } from "@/lib/schemas/service";
import { estimateExtension, extendService, requestExpire } from "@/lib/services";
import { route } from "./endpoint";
import { idempotencyKeyOf, readJson, readQuery } from "./read-json";

/** `S/extend`: with GET what it would cost. */
export const extendRoute = route({
  GET: async ({ actor, request, param }) => {
    const query = readQuery(request, extensionQuery);
    return { status: 200, body: await estimateExtension(actor, { serviceId: param("service_id"), query }) };
  },
  POST: async ({ actor, request, param }) => {
    const body = await readJson(request, extendBody);
    const idempotencyKey = idempotencyKeyOf(request);
    return {
      status: 202,
      body: await extendService(actor, { serviceId: param("service_id"), body }, { idempotencyKey }),
    };
  },
});

/** `S/expire` */
export const expireRoute = route({
  POST: async ({ actor, request, param }) => {
    await readJson(request, emptyBody);
    return { status: 202, body: await requestExpire(actor, param("service_id")) };
  },
});
