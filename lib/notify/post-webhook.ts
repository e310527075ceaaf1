import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { AppError } from "@/lib/std/app-error";
import type { Clock } from "@/lib/std/clock";
import { assertAllowedHost, lookupAllowed } from "./allowed-address";

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly clock: Pick<Clock, "after">;
  readonly signal: AbortSignal;
}

/** `gone`: the receiver wants no more of them. */
export type Outcome = { readonly kind: "taken" } | { readonly kind: "failed" | "gone"; readonly reason: string };

const DEADLINE_MS = 10_000;

/** Sends one message. Follows no redirect, reads nothing of the answer but its status, and never takes longer than its deadline. */
export function postWebhook({ url, headers, body, clock, signal }: Post): Promise<Outcome> {
  return new Promise((resolve) => {
    const target = new URL(url);
    const end = new AbortController();
    const cancelTimer = clock.after(DEADLINE_MS, () => end.abort(new Error("deadline")));
    const finish = (outcome: Outcome) => {
      cancelTimer();
      resolve(outcome);
    };
    const fail = (error: Error) => finish({ kind: "failed", reason: sayFailure(error, end.signal.aborted) });
    try {
      assertAllowedHost(target.hostname);
      const send = target.protocol === "https:" ? tlsRequest : plainRequest;
      const options = {
        method: "POST",
        lookup: lookupAllowed,
        agent: false,
        signal: AbortSignal.any([end.signal, signal]),
      };
      const length = String(Buffer.byteLength(body));
      const call = send(target, { ...options, headers: { ...HEADERS, ...headers, "content-length": length } });
      call.on("error", fail);
      call.on("response", (response) => {
        response.on("error", () => {}); // its body is nobody's concern
        response.destroy();
        finish(judge(response.statusCode ?? 0));
      });
      call.end(body);
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

const HEADERS = { "content-type": "application/json", "user-agent": "Offshoot" };

function judge(status: number): Outcome {
  if (status >= 200 && status < 300) return { kind: "taken" };
  if (status === 410) return { kind: "gone", reason: "The receiver answered 410: it wants no more messages." };
  const hint = status >= 300 && status < 400 ? " Redirects are not followed: give the address that it leads to." : "";
  return { kind: "failed", reason: `The receiver answered ${status}.${hint}` };
}

function sayFailure(error: Error & { code?: string }, isLate: boolean): string {
  if (isLate) return `The receiver did not answer within ${DEADLINE_MS / 1000} seconds.`;
  return error instanceof AppError
    ? error.message
    : `The receiver could not be reached (${error.code ?? error.message}).`;
}
