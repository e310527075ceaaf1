import { type ApiKeyIdentity, findApiKeyIdentity, findClientAddress, takeRequest } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import { AppError } from "@/lib/std/app-error";
import { internalError, newRequestId, type Reply, toErrorResponse, toResponse } from "./reply";
import { apiClock, apiLog } from "./surroundings";

/** One authenticated request, with the parts of its path. */
export interface ApiCall {
  readonly request: Request;
  readonly actor: Actor;
  readonly identity: ApiKeyIdentity;
  /** A part of the path by its name in the route: `service_id`. */
  param(name: string): string;
}

type Params = Readonly<Record<string, string | string[] | undefined>>;

/** What Next calls. */
export type RouteHandler = (request: Request, context: { params: Promise<Params> }) => Promise<Response>;

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
type Method = (typeof METHODS)[number];
export type Route = Readonly<Record<Method, RouteHandler>>;

interface RouteOptions {
  readonly uncounted?: readonly Method[];
}

type Handle = (call: ApiCall) => Promise<Reply>;
type OpenHandle = (request: Request) => Promise<Reply>;

/**
 * A route for holders of an API key: its methods; every other one is 405. Requests are counted by key, except those of methods
 * that clients wait with: a 429 would end their wait.
 */
export function route(handles: Partial<Record<Method, Handle>>, { uncounted = [] }: RouteOptions = {}): Route {
  const entries = METHODS.map((method) => {
    const handle = handles[method] ?? notAllowed(Object.keys(handles));
    return [method, withKey(handle, !uncounted.includes(method))];
  });
  return Object.fromEntries(entries) as Route;
}

/** A route without authentication, the same for all methods. */
export function openRoute(handle: OpenHandle): Route {
  const answer: RouteHandler = (request) => answering(request, () => handle(request));
  return Object.fromEntries(METHODS.map((method) => [method, answer])) as Route;
}

const notAllowed = (allowed: readonly string[]) => async (): Promise<never> => {
  throw new AppError("METHOD_NOT_ALLOWED", `This address takes ${allowed.join(" and ")} only.`, {
    details: { allowed },
  });
};

function withKey(handle: Handle, isCounted: boolean): RouteHandler {
  return (request, context) =>
    answering(request, async () => {
      const identity = await findApiKeyIdentity(request.headers.get("authorization"), {
        address: findClientAddress(request.headers),
      });
      if (!identity)
        throw new AppError("UNAUTHENTICATED", "Send an API key: Authorization: Basic base64(public:secret).");
      if (isCounted) takeRequest(identity.publicKey, apiClock.nowMs());
      const params = (await context.params) ?? {}; // a route without a parameter is given none
      assertOwnProject(identity.actor, params);
      return handle({ request, identity, actor: identity.actor, param: (name) => String(params[name] ?? "") });
    });
}

/** A key belongs to one project; the others do not exist for it. */
function assertOwnProject({ projectId }: Actor, { project_id }: Params): void {
  if (project_id === undefined || project_id === projectId) return;
  throw new AppError("NOT_FOUND", "There is no such project, or this API key belongs to another one.");
}

async function answering(request: Request, handle: () => Promise<Reply>): Promise<Response> {
  const requestId = newRequestId();
  try {
    return toResponse(await handle(), requestId);
  } catch (error) {
    if (error instanceof AppError && error.status < 500) return toErrorResponse(error, requestId);
    const path = new URL(request.url).pathname;
    apiLog().error({ requestId, method: request.method, path, err: error }, "a request failed");
    return toErrorResponse(error instanceof AppError ? error : internalError(error), requestId);
  }
}
