"use server";
import { z } from "zod";
import { performAction } from "@/app/perform-action";
import { withoutPassword } from "@/app/without-password";
import { type CreateServiceBody, createServiceBody } from "@/lib/schemas/service";
import { requestCreate } from "@/lib/services";

export async function createService(body: CreateServiceBody, key: string) {
  return performAction(async (actor) => {
    const options = { idempotencyKey: z.string().max(64).parse(key) };
    return { service: withoutPassword(await requestCreate(actor, createServiceBody.parse(body), options)) };
  });
}
