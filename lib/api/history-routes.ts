import {
  freesBody,
  markEventBody,
  renewHoldBody,
  resolveQuery,
  takeHoldBody,
  takeSnapshotBody,
  timelineQuery,
} from "@/lib/schemas/history-requests";
import { historySettingsBody } from "@/lib/schemas/history-settings";
import {
  changeHistorySettings,
  deleteSnapshot,
  getDamages,
  getFrees,
  getHistorySettings,
  getProjectStorage,
  getStorage,
  getTimeline,
  getWindow,
  listHolds,
  listSnapshots,
  markEvent,
  releaseHold,
  renewHold,
  requestSnapshot,
  resolveMoment,
  takeHold,
} from "@/lib/services";
import { route } from "./endpoint";
import { idempotencyKeyOf, readJson, readQuery } from "./read-json";

/** `S/window` */
export const windowRoute = route({
  GET: async ({ actor, param }) => ({ status: 200, body: await getWindow(actor, param("service_id")) }),
});

/** `S/resolve?time=` or `?event=` or `?commit=` */
export const resolveRoute = route({
  GET: async ({ actor, request, param }) => {
    const query = readQuery(request, resolveQuery);
    return { status: 200, body: await resolveMoment(actor, { serviceId: param("service_id"), query }) };
  },
});

/** `S/timeline?from&to&buckets` */
export const timelineRoute = route({
  GET: async ({ actor, request, param }) => {
    const query = readQuery(request, timelineQuery);
    return { status: 200, body: await getTimeline(actor, { serviceId: param("service_id"), query }) };
  },
});

/** `S/snapshots` */
export const snapshotsRoute = route({
  GET: async ({ actor, param }) => ({ status: 200, body: await listSnapshots(actor, param("service_id")) }),
  POST: async ({ actor, request, param }) => {
    const body = await readJson(request, takeSnapshotBody);
    const options = { idempotencyKey: idempotencyKeyOf(request) };
    return { status: 202, body: await requestSnapshot(actor, { serviceId: param("service_id"), body }, options) };
  },
});

/** `S/snapshots/{id}` */
export const snapshotRoute = route({
  DELETE: async ({ actor, param }) => {
    await deleteSnapshot(actor, { serviceId: param("service_id"), snapshotId: param("snapshot_id") });
    return { status: 204 };
  },
});

/** `S/holds` */
export const holdsRoute = route({
  GET: async ({ actor, param }) => ({ status: 200, body: await listHolds(actor, param("service_id")) }),
  POST: async ({ actor, request, param }) => {
    const body = await readJson(request, takeHoldBody);
    return { status: 201, body: await takeHold(actor, { serviceId: param("service_id"), body }) };
  },
});

/** `S/holds/{id}` */
export const holdRoute = route({
  PUT: async ({ actor, request, param }) => {
    const body = await readJson(request, renewHoldBody);
    const hold = { serviceId: param("service_id"), holdId: param("hold_id"), body };
    return { status: 200, body: await renewHold(actor, hold) };
  },
  DELETE: async ({ actor, param }) => {
    await releaseHold(actor, { serviceId: param("service_id"), holdId: param("hold_id") });
    return { status: 204 };
  },
});

/** `S/events` */
export const eventsRoute = route({
  POST: async ({ actor, request, param }) => {
    const body = await readJson(request, markEventBody);
    return { status: 201, body: await markEvent(actor, { serviceId: param("service_id"), body }) };
  },
});

/** `S/historySettings` */
export const historySettingsRoute = route({
  GET: async ({ actor, param }) => ({ status: 200, body: await getHistorySettings(actor, param("service_id")) }),
  PATCH: async ({ actor, request, param }) => {
    const body = await readJson(request, historySettingsBody);
    return { status: 200, body: await changeHistorySettings(actor, { serviceId: param("service_id"), body }) };
  },
});

/** `S/storage` */
export const storageRoute = route({
  GET: async ({ actor, param }) => ({ status: 200, body: await getStorage(actor, param("service_id")) }),
});

/** `S/damages` */
export const damagesRoute = route({
  GET: async ({ actor, param }) => ({ status: 200, body: await getDamages(actor, param("service_id")) }),
});

/** `P/storage` */
export const projectStorageRoute = route({
  GET: async ({ actor }) => ({ status: 200, body: await getProjectStorage(actor) }),
});

/** `P/frees`: a question with a body, so a POST. */
export const freesRoute = route({
  POST: async ({ actor, request }) => ({
    status: 200,
    body: await getFrees(actor, await readJson(request, freesBody)),
  }),
});
