import type { ErrorCode, Fix } from "@/lib/std/app-error";
import { serverClock } from "./server-clock";

const DEADLINE_MS = 10_000;

/** Why a read failed, in the words of the server where it answered. `OFFLINE` is ours: nothing came back at all. */
export class RequestFailure extends Error {
  override name = "RequestFailure";
  readonly code: ErrorCode | "OFFLINE";
  readonly fix: readonly Fix[];

  constructor(code: ErrorCode | "OFFLINE", message: string, fix: readonly Fix[] = []) {
    super(message);
    this.code = code;
    this.fix = fix;
  }
}

/** Every answer of the console's own data routes. */
export interface Stamped {
  readonly server_time: string;
}

/** Reads one of the console's data routes with the session's cookie. A session that has ended leads to the sign-in. */
export async function getJson<Body extends Stamped>(path: string, signal?: AbortSignal): Promise<Body> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const response = await fetch(path, {
    headers: { accept: "application/json" },
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw unanswered();
  });
  if (response.status === 401) return leaveForSignIn();
  return readAnswer(response);
}

/**
 * Asks a data route to change something small that no form waits for. PUT and DELETE only: a browser lets no other site
 * send them. With `leaving` it goes out even while the page is being left.
 */
export async function askJson<Body extends Stamped>(
  path: string,
  { method, body, leaving = false }: { method: "PUT" | "DELETE"; body?: object; leaving?: boolean },
): Promise<Body> {
  const response = await fetch(path, {
    method,
    headers: { accept: "application/json", "content-type": "application/json" },
    body: body ? JSON.stringify(body) : null,
    keepalive: leaving,
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch(() => {
    throw unanswered();
  });
  return readAnswer(response);
}

const unanswered = () => new RequestFailure("OFFLINE", "The console's server did not answer.");

async function readAnswer<Body extends Stamped>(response: Response): Promise<Body> {
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw toFailure(body);
  const answer = body as Body;
  serverClock.correct(answer.server_time);
  return answer;
}

function toFailure(body: unknown): RequestFailure {
  const { code, message, fix } = (body ?? {}) as { code?: ErrorCode; message?: string; fix?: Fix[] };
  return new RequestFailure(code ?? "INTERNAL", message ?? "The server answered with something unreadable.", fix);
}

function leaveForSignIn(): Promise<never> {
  window.location.assign(`/login?next=${encodeURIComponent(window.location.pathname + window.location.search)}`);
  return new Promise(() => {});
}
