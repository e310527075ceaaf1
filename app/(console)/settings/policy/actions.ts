"use server";
import { performAction } from "@/app/perform-action";
import { parseInput } from "@/lib/schemas/parse-input";
import { type PutPolicyBody, putPolicyBody } from "@/lib/schemas/policy";
import { type PutWebhooksBody, putWebhooksBody } from "@/lib/schemas/webhook";
import { putPolicy, putWebhooks, testWebhook } from "@/lib/services";

export async function savePolicy(body: PutPolicyBody) {
  return performAction(async (actor) => ({ policy: await putPolicy(actor, parseInput(putPolicyBody, body)) }));
}

export async function saveWebhooks(body: PutWebhooksBody) {
  return performAction((actor) => putWebhooks(actor, parseInput(putWebhooksBody, body)));
}

export async function tryWebhook(id: string) {
  return performAction((actor) => testWebhook(actor, String(id)));
}
