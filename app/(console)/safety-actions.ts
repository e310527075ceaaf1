"use server";
import { z } from "zod";
import { performAction } from "@/app/perform-action";
import { parseInput } from "@/lib/schemas/parse-input";
import { allowListBody, armBody, protectionBody } from "@/lib/schemas/safety";
import { setEnvironmentBody } from "@/lib/schemas/service";
import {
  requestArm,
  setAllowList as setServiceAllowList,
  setEnvironment as setServiceEnvironment,
  setProtection as setServiceProtection,
} from "@/lib/services";
import { ID_PATTERN } from "@/lib/std/ids";

const readId = (id: string): string => parseInput(z.string().regex(ID_PATTERN, "There is no such service."), id);

export async function armItem(id: string, itemId: string, password?: string) {
  return performAction(async (actor) => {
    const body = parseInput(armBody, password === undefined ? {} : { password });
    await requestArm(actor, { serviceId: readId(id), itemId: readId(itemId), body });
    return {};
  });
}

export async function setAllowList(id: string, allowList: readonly string[]) {
  return performAction(async (actor) => {
    const body = parseInput(allowListBody, { allow_list: allowList });
    return { allowList: await setServiceAllowList(actor, { serviceId: readId(id), body }) };
  });
}

export async function setProtection(id: string, isProtected: boolean) {
  return performAction(async (actor) => {
    const body = parseInput(protectionBody, { protected: isProtected });
    return { service: await setServiceProtection(actor, { serviceId: readId(id), body }) };
  });
}

export async function setEnvironment(id: string, environment: string) {
  return performAction(async (actor) => {
    const body = parseInput(setEnvironmentBody, { environment });
    return { service: await setServiceEnvironment(actor, { serviceId: readId(id), body }) };
  });
}
