import type { Route } from "@/lib/api";

export interface Call {
  /** `public:secret`; null sends none. */
  readonly key?: string | null;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Record<string, string>;
  readonly params?: Record<string, string>;
  readonly query?: string;
}

export const API_KEY = "AKIA_owner:correct-horse-battery";

/** Calls a route of the REST API as Next does. */
export async function callRoute(route: Route, method: keyof Route, { key = API_KEY, ...options }: Call = {}) {
  const headers = new Headers(options.headers);
  if (key !== null) headers.set("authorization", `Basic ${Buffer.from(key).toString("base64")}`);
  const body = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  if (body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
  const request = new Request(`http://127.0.0.1:3000/public/api/v1/x${options.query ?? ""}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
  });
  const response = await route[method](request, { params: Promise.resolve(options.params ?? {}) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: text === "" ? undefined : JSON.parse(text) };
}
