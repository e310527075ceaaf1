import { emptyBody, renameBody, resetBody, resizeBody, setEnvironmentBody } from "@/lib/schemas/service";
import {
  renameService,
  requestPause,
  requestReset,
  requestResize,
  requestResume,
  setEnvironment,
} from "@/lib/services";
import { route } from "./endpoint";
import { idempotencyKeyOf, readJson } from "./read-json";

/** `S/start` */
export const startRoute = route({
  POST: async ({ actor, request, param }) => {
    await readJson(request, emptyBody);
    const idempotencyKey = idempotencyKeyOf(request);
    return { status: 202, body: await requestResume(actor, param("service_id"), { idempotencyKey }) };
  },
});

/** `S/stop` */
export const stopRoute = route({
  POST: async ({ actor, request, param }) => {
    await readJson(request, emptyBody);
    const idempotencyKey = idempotencyKeyOf(request);
    return { status: 202, body: await requestPause(actor, param("service_id"), { idempotencyKey }) };
  },
});

/** `S/resize` */
export const resizeRoute = route({
  POST: async ({ actor, request, param }) => {
    const ask = { serviceId: param("service_id"), body: await readJson(request, resizeBody) };
    return { status: 202, body: await requestResize(actor, ask, { idempotencyKey: idempotencyKeyOf(request) }) };
  },
});

/** `S/reset` */
export const resetRoute = route({
  POST: async ({ actor, request, param }) => {
    const ask = { serviceId: param("service_id"), body: await readJson(request, resetBody) };
    return { status: 202, body: await requestReset(actor, ask, { idempotencyKey: idempotencyKeyOf(request) }) };
  },
});

/** `S/rename` */
export const renameRoute = route({
  POST: async ({ actor, request, param }) => {
    const ask = { serviceId: param("service_id"), body: await readJson(request, renameBody) };
    return { status: 200, body: await renameService(actor, ask, { idempotencyKey: idempotencyKeyOf(request) }) };
  },
});

/** `S/setEnvironment` */
export const setEnvironmentRoute = route({
  POST: async ({ actor, request, param }) => {
    const ask = { serviceId: param("service_id"), body: await readJson(request, setEnvironmentBody) };
    const { name, metadata } = await setEnvironment(actor, ask, { idempotencyKey: idempotencyKeyOf(request) });
    return { status: 200, body: { message: `${name} is tagged ${metadata.environment}.` } };
  },
});
