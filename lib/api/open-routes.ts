import { getEngineHealth, getReadiness } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { openRoute } from "./endpoint";

/** `/healthz`: the web server answers, and whether the engine does. Needs no key: it says nothing about anybody. */
export const healthRoute = openRoute(async () => ({
  status: 200,
  body: { status: "ok", engine: await getEngineHealth() },
}));

/** `/readyz`: whether what is asked for now can be done, and which part is in the way. Needs no key. */
export const readyRoute = openRoute(async () => {
  const { isReady, controlDatabase, engine } = await getReadiness();
  return {
    status: isReady ? 200 : 503,
    body: { status: isReady ? "ready" : "not ready", control_database: controlDatabase, engine },
  };
});

/** Whatever else is asked below `/public/api/v1`: a client decodes JSON only, so not the console's page. */
export const unknownRoute = openRoute(async (request) => {
  throw new AppError("NOT_FOUND", `There is nothing at ${new URL(request.url).pathname}.`);
});
