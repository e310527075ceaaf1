"use server";
import { z } from "zod";
import { performAction } from "@/app/perform-action";
import { withoutPassword } from "@/app/without-password";
import type { ForkRequest } from "@/lib/client/fork-form";
import { parseInput } from "@/lib/schemas/parse-input";
import { forkServiceBody } from "@/lib/schemas/service";
import { requestFork } from "@/lib/services";
import { ID_PATTERN } from "@/lib/std/ids";

const forkRequest = z.strictObject({
  sourceId: z.string().regex(ID_PATTERN, "There is no such service."),
  body: forkServiceBody,
});

export async function forkService(request: ForkRequest, key: string) {
  return performAction(async (actor) => {
    const options = { idempotencyKey: parseInput(z.string().max(64), key) };
    return { service: withoutPassword(await requestFork(actor, parseInput(forkRequest, request), options)) };
  });
}
