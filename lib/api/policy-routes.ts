import { putPolicyBody } from "@/lib/schemas/policy";
import { emptyBody } from "@/lib/schemas/service";
import { putWebhooksBody } from "@/lib/schemas/webhook";
import { getPolicy, getWebhooks, putPolicy, putWebhooks, testWebhook } from "@/lib/services";
import { route } from "./endpoint";
import { readJson } from "./read-json";

/** `P/policy` */
export const policyRoute = route({
  GET: async ({ actor }) => ({ status: 200, body: await getPolicy(actor) }),
  PUT: async ({ actor, request }) => ({
    status: 200,
    body: await putPolicy(actor, await readJson(request, putPolicyBody)),
  }),
});

/** `P/webhooks`: all of them at once. */
export const webhooksRoute = route({
  GET: async ({ actor }) => ({ status: 200, body: await getWebhooks(actor) }),
  PUT: async ({ actor, request }) => ({
    status: 200,
    body: await putWebhooks(actor, await readJson(request, putWebhooksBody)),
  }),
});

/** `P/webhooks/{id}/test` */
export const webhookTestRoute = route({
  POST: async ({ actor, request, param }) => {
    await readJson(request, emptyBody);
    return { status: 202, body: await testWebhook(actor, param("webhook_id")) };
  },
});
