import { createServiceBody, emptyBody, forkServiceBody, restoreBody, updatePasswordBody } from "@/lib/schemas/service";
import {
  getService,
  listBin,
  listServices,
  requestCreate,
  requestDelete,
  requestFork,
  requestPurge,
  requestRestore,
  updatePassword,
} from "@/lib/services";
import { route } from "./endpoint";
import { idempotencyKeyOf, readJson } from "./read-json";

/** `P/services` */
export const servicesRoute = route(
  {
    GET: async ({ actor }) => ({ status: 200, body: await listServices(actor) }),
    POST: async ({ actor, request }) => {
      const body = await readJson(request, createServiceBody);
      return { status: 202, body: await requestCreate(actor, body, { idempotencyKey: idempotencyKeyOf(request) }) };
    },
  },
  { uncounted: ["GET"] },
);

/** `S` */
export const serviceRoute = route(
  {
    GET: async ({ actor, param }) => ({ status: 200, body: await getService(actor, param("service_id")) }),
    DELETE: async ({ actor, param }) => {
      await requestDelete(actor, param("service_id"));
      return { status: 202 };
    },
  },
  { uncounted: ["GET"] },
);

/** `S/forkService` */
export const forkServiceRoute = route({
  POST: async ({ actor, request, param }) => {
    const fork = { sourceId: param("service_id"), body: await readJson(request, forkServiceBody) };
    return { status: 202, body: await requestFork(actor, fork, { idempotencyKey: idempotencyKeyOf(request) }) };
  },
});

/** `S/restore` */
export const restoreRoute = route({
  POST: async ({ actor, request, param }) => {
    const body = await readJson(request, restoreBody);
    return {
      status: 202,
      body: await requestRestore(
        actor,
        { serviceId: param("service_id"), body },
        { idempotencyKey: idempotencyKeyOf(request) },
      ),
    };
  },
});

/** `S/purge` */
export const purgeRoute = route({
  POST: async ({ actor, request, param }) => {
    await readJson(request, emptyBody);
    return {
      status: 202,
      body: await requestPurge(actor, param("service_id"), { idempotencyKey: idempotencyKeyOf(request) }),
    };
  },
});

/** `S/updatePassword` */
export const updatePasswordRoute = route({
  POST: async ({ actor, request, param }) => {
    const { password } = await readJson(request, updatePasswordBody);
    await updatePassword(actor, { serviceId: param("service_id"), password });
    return { status: 204 };
  },
});

/** `S/replicaSets`: none are offered, and a client that asks is told so by an empty list. */
export const replicaSetsRoute = route({
  GET: async ({ actor, param }) => {
    await getService(actor, param("service_id"));
    return { status: 200, body: [] };
  },
});

/** `P/bin` */
export const binRoute = route({
  GET: async ({ actor }) => ({ status: 200, body: await listBin(actor) }),
});
