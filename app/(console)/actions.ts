"use server";
import { z } from "zod";
import { performAction } from "@/app/perform-action";
import { takeSnapshotBody } from "@/lib/schemas/history-requests";
import { type HistorySettings, historySettingsBody } from "@/lib/schemas/history-settings";
import { parseInput } from "@/lib/schemas/parse-input";
import {
  changeHistorySettings as changeServiceHistorySettings,
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

const readId = (id: string): string => parseInput(z.string().regex(ID_PATTERN, "There is no such service."), id);

export async function deleteService(id: string) {
  return performAction(async (actor) => ({ service: await requestDelete(actor, readId(id)) }));
}

export async function restoreService(id: string, ttl?: string) {
  const body = ttl ? { ttl: parseInput(z.string().max(64), ttl) } : {};
  return performAction(async (actor) => ({
    service: await requestRestore(actor, { serviceId: readId(id), body }),
  }));
}

/** `typedName` is the second look that a purge asks of a person; the server takes it too. */
export async function purgeService(id: string, typedName: string) {
  return performAction(async (actor) => {
    const { name } = await getService(actor, readId(id), { deletedToo: true });
    if (parseInput(z.string(), typedName).trim() !== name)
      throw new AppError("INVALID_REQUEST", `Type ${name} to purge it.`, { field: "name" });
    return { service: await requestPurge(actor, id) };
  });
}

export async function revealPassword(id: string) {
  return performAction((actor) => revealServicePassword(actor, readId(id)));
}

export async function resetPassword(id: string) {
  return performAction((actor) => resetServicePassword(actor, readId(id)));
}

/** The operation that takes it; the snapshot will have the operation's id. */
export async function takeSnapshot(id: string, name?: string) {
  return performAction(async (actor) => ({
    operation: await requestSnapshot(actor, {
      serviceId: readId(id),
      body: parseInput(takeSnapshotBody, name ? { name } : {}),
    }),
  }));
}

export async function changeHistorySettings(id: string, settings: HistorySettings) {
  return performAction(async (actor) => ({
    settings: await changeServiceHistorySettings(actor, {
      serviceId: readId(id),
      body: parseInput(historySettingsBody, settings),
    }),
  }));
}

export async function deleteSnapshot(id: string, snapshotId: string) {
  return performAction(async (actor) => {
    await deleteServiceSnapshot(actor, {
      serviceId: readId(id),
      snapshotId: parseInput(z.string().regex(ID_PATTERN, "There is no such snapshot."), snapshotId),
    });
    return {};
  });
}
