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
    throw new RequestFailure("OFFLINE", "The console's server did not answer.");
  });
  if (response.status === 401) return leaveForSignIn();
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
