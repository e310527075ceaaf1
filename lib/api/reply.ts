import { AppError } from "@/lib/std/app-error";
import { newId } from "@/lib/std/ids";
import { EVENT_STREAM_HEADERS } from "./event-stream";
import { apiClock } from "./surroundings";

/** What a handler answers: an object or a list, or no body at all. */
export interface Reply {
  readonly status: number;
  readonly body?: object | readonly object[];
  /** A script, instead of a body. */
  readonly sql?: string;
  /** Server-Sent Events, instead of a body. */
  readonly stream?: ReadableStream<Uint8Array>;
}

/** Every answer says the server's time: an object in itself, a list and an empty answer in the header `Server-Time`. */
export function toResponse({ status, body, sql, stream }: Reply, requestId: string): Response {
  const serverTime = new Date(apiClock.nowMs()).toISOString();
  const headers = new Headers({
    "X-Request-Id": requestId,
    "Server-Time": serverTime,
    // Some answers hold a password.
    "Cache-Control": "no-store",
  });
  if (stream) {
    for (const [name, value] of Object.entries(EVENT_STREAM_HEADERS)) headers.set(name, value);
    return new Response(stream, { status, headers });
  }
  if (sql !== undefined) {
    headers.set("Content-Type", "application/sql; charset=utf-8");
    return new Response(sql, { status, headers });
  }
  if (body === undefined) return new Response(null, { status, headers });
  headers.set("Content-Type", "application/json; charset=utf-8");
  const whole = Array.isArray(body) ? body : { ...body, server_time: serverTime };
  return new Response(JSON.stringify(whole), { status, headers });
}

/** `{code, message, details?, fix, request_id}` with the code's status; the field at fault is among the details. */
export function toErrorResponse(error: AppError, requestId: string): Response {
  const { code, message, details, field, fix, status } = error;
  const facts = field === undefined ? details : { ...details, field };
  const body = { code, message, ...(facts && { details: facts }), fix, request_id: requestId };
  const response = toResponse({ status, body }, requestId);
  if (code === "UNAUTHENTICATED") response.headers.set("WWW-Authenticate", 'Basic realm="Offshoot"');
  if (code === "RATE_LIMITED") response.headers.set("Retry-After", String(details?.retry_after_seconds ?? 1));
  return response;
}

/** Names one request in its answer and in the log. */
export const newRequestId = (): string => `req_${newId()}`;

/** What is not an AppError is a bug or an accident: its text stays in the log. */
export const internalError = (cause: unknown): AppError =>
  new AppError("INTERNAL", "Something went wrong here. Try again; if it stays, look for the request id in the log.", {
    cause,
  });
