import { allowListBody, armBody, labelsBody, protectionBody } from "@/lib/schemas/safety";
import { getAllowList, listDisarmed, requestArm, setAllowList, setLabels, setProtection } from "@/lib/services";
import { route } from "./endpoint";
import { idempotencyKeyOf, readJson } from "./read-json";

/** `S/allowList` */
export const allowListRoute = route({
  GET: async ({ actor, param }) => ({ status: 200, body: await getAllowList(actor, param("service_id")) }),
  PUT: async ({ actor, request, param }) => {
    const body = await readJson(request, allowListBody);
    const options = { idempotencyKey: idempotencyKeyOf(request) };
    return { status: 200, body: await setAllowList(actor, { serviceId: param("service_id"), body }, options) };
  },
});

/** `S/disarmed` */
export const disarmedRoute = route({
  GET: async ({ actor, param }) => ({ status: 200, body: await listDisarmed(actor, param("service_id")) }),
});

/** `S/disarmed/{id}/arm` */
export const armRoute = route({
  POST: async ({ actor, request, param }) => {
    const body = await readJson(request, armBody);
    const asked = { serviceId: param("service_id"), itemId: param("item_id"), body };
    return { status: 202, body: await requestArm(actor, asked) };
  },
});

/** `S/protection` */
export const protectionRoute = route({
  PUT: async ({ actor, request, param }) => {
    const body = await readJson(request, protectionBody);
    const options = { idempotencyKey: idempotencyKeyOf(request) };
    return { status: 200, body: await setProtection(actor, { serviceId: param("service_id"), body }, options) };
  },
});

/** `S/labels` */
export const labelsRoute = route({
  PUT: async ({ actor, request, param }) => {
    const body = await readJson(request, labelsBody);
    const options = { idempotencyKey: idempotencyKeyOf(request) };
    return { status: 200, body: await setLabels(actor, { serviceId: param("service_id"), body }, options) };
  },
});
