import { costQuery, estimateBody, putBudgetBody, putPricesBody } from "@/lib/schemas/cost";
import {
  estimateFork,
  getBudget,
  getProjectCost,
  getServiceCost,
  listPrices,
  putBudget,
  putPrices,
} from "@/lib/services";
import { route } from "./endpoint";
import { readJson, readQuery } from "./read-json";

/** `S/cost?from&to` */
export const serviceCostRoute = route({
  GET: async ({ actor, request, param }) => {
    const query = readQuery(request, costQuery);
    return { status: 200, body: await getServiceCost(actor, { serviceId: param("service_id"), query }) };
  },
});

/** `P/cost?from&to` */
export const projectCostRoute = route({
  GET: async ({ actor, request }) => ({
    status: 200,
    body: await getProjectCost(actor, readQuery(request, costQuery)),
  }),
});

/** `S/estimate`: a question with a body, so a POST. */
export const estimateRoute = route({
  POST: async ({ actor, request, param }) => {
    const body = await readJson(request, estimateBody);
    return { status: 200, body: await estimateFork(actor, { serviceId: param("service_id"), body }) };
  },
});

/** `P/prices` */
export const pricesRoute = route({
  GET: async ({ actor }) => ({ status: 200, body: await listPrices(actor) }),
  PUT: async ({ actor, request }) => ({
    status: 200,
    body: await putPrices(actor, await readJson(request, putPricesBody)),
  }),
});

/** `P/budgets`: a project has one. */
export const budgetsRoute = route({
  GET: async ({ actor }) => ({ status: 200, body: await getBudget(actor) }),
  PUT: async ({ actor, request }) => ({
    status: 200,
    body: await putBudget(actor, await readJson(request, putBudgetBody)),
  }),
});
