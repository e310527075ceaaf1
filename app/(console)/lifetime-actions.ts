"use server";
import { z } from "zod";
import { performAction } from "@/app/perform-action";
import { parseInput } from "@/lib/schemas/parse-input";
import { type ExtendBody, extendBody } from "@/lib/schemas/service";
import { extendService as extend, requestExpire } from "@/lib/services";
import { ID_PATTERN } from "@/lib/std/ids";

const readId = (id: string): string => parseInput(z.string().regex(ID_PATTERN, "There is no such service."), id);

export async function extendService(id: string, body: ExtendBody) {
  return performAction(async (actor) => ({
    service: await extend(actor, { serviceId: readId(id), body: parseInput(extendBody, body) }),
  }));
}

export async function expireService(id: string) {
  return performAction(async (actor) => ({ service: await requestExpire(actor, readId(id)) }));
}
