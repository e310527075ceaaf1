"use server";
import { z } from "zod";
import { performAction } from "@/app/perform-action";
import { parseInput } from "@/lib/schemas/parse-input";
import {
  type RenameBody,
  type ResetBody,
  type ResizeBody,
  renameBody,
  resetBody,
  resizeBody,
} from "@/lib/schemas/service";
import {
  renameService as rename,
  requestCancel,
  requestPause,
  requestReset,
  requestResize,
  requestResume,
} from "@/lib/services";
import { ID_PATTERN } from "@/lib/std/ids";

const readId = (id: string): string => parseInput(z.string().regex(ID_PATTERN, "There is no such service."), id);

export async function pauseService(id: string) {
  return performAction(async (actor) => ({ service: await requestPause(actor, readId(id)) }));
}

export async function startService(id: string) {
  return performAction(async (actor) => ({ service: await requestResume(actor, readId(id)) }));
}

export async function resizeService(id: string, body: ResizeBody) {
  return performAction(async (actor) => ({
    service: await requestResize(actor, { serviceId: readId(id), body: parseInput(resizeBody, body) }),
  }));
}

export async function renameService(id: string, body: RenameBody) {
  return performAction(async (actor) => ({
    service: await rename(actor, { serviceId: readId(id), body: parseInput(renameBody, body) }),
  }));
}

export async function resetService(id: string, body: ResetBody) {
  return performAction(async (actor) => ({
    service: await requestReset(actor, { serviceId: readId(id), body: parseInput(resetBody, body) }),
  }));
}

export async function cancelOperation(id: string) {
  return performAction(async (actor) => ({ operation: await requestCancel(actor, readId(id)) }));
}
