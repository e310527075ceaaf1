"use server";
import { z } from "zod";
import { performAction } from "@/app/perform-action";
import { takeSnapshotBody } from "@/lib/schemas/history-requests";
import {
  deleteSnapshot as deleteServiceSnapshot,
  getService,
  requestDelete,
  requestPurge,
  requestRestore,
  requestSnapshot,
  resetPassword as resetServicePassword,
  revealPassword as revealServicePassword,
} from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { ID_PATTERN } from "@/lib/std/ids";

const serviceId = z.string().regex(ID_PATTERN, "There is no such service.");

export async function deleteService(id: string) {
  return performAction(async (actor) => ({ service: await requestDelete(actor, serviceId.parse(id)) }));
}

export async function restoreService(id: string, ttl?: string) {
  const body = ttl ? { ttl: z.string().max(64).parse(ttl) } : {};
  return performAction(async (actor) => ({
    service: await requestRestore(actor, { serviceId: serviceId.parse(id), body }),
  }));
}

/** `typedName` is the second look that a purge asks of a person; the server takes it too. */
export async function purgeService(id: string, typedName: string) {
  return performAction(async (actor) => {
    const { name } = await getService(actor, serviceId.parse(id), { deletedToo: true });
    if (z.string().parse(typedName).trim() !== name)
      throw new AppError("INVALID_REQUEST", `Type ${name} to purge it.`, { field: "name" });
    return { service: await requestPurge(actor, id) };
  });
}

export async function revealPassword(id: string) {
  return performAction((actor) => revealServicePassword(actor, serviceId.parse(id)));
}

export async function resetPassword(id: string) {
  return performAction((actor) => resetServicePassword(actor, serviceId.parse(id)));
}

/** The operation that takes it; the snapshot will have the operation's id. */
export async function takeSnapshot(id: string, name?: string) {
  return performAction(async (actor) => ({
    operation: await requestSnapshot(actor, {
      serviceId: serviceId.parse(id),
      body: takeSnapshotBody.parse(name ? { name } : {}),
    }),
  }));
}

export async function deleteSnapshot(id: string, snapshotId: string) {
  return performAction(async (actor) => {
    await deleteServiceSnapshot(actor, {
      serviceId: serviceId.parse(id),
      snapshotId: z.string().regex(ID_PATTERN, "There is no such snapshot.").parse(snapshotId),
    });
    return {};
  });
}
