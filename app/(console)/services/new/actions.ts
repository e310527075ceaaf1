"use server";
import { z } from "zod";
import { performAction } from "@/app/perform-action";
import { withoutPassword } from "@/app/without-password";
import { parseInput } from "@/lib/schemas/parse-input";
import { type CreateServiceBody, createServiceBody } from "@/lib/schemas/service";
import { requestCreate } from "@/lib/services";

export async function createService(body: CreateServiceBody, key: string) {
  return performAction(async (actor) => {
    const options = { idempotencyKey: parseInput(z.string().max(64), key) };
    return { service: withoutPassword(await requestCreate(actor, parseInput(createServiceBody, body), options)) };
  });
}
