import { isAPIError } from "better-auth/api";
import { appendAudit } from "@/lib/audit";
import { database } from "@/lib/db";
import { signInBody } from "@/lib/schemas/account";
import type { Actor } from "@/lib/schemas/actor";
import { parseInput } from "@/lib/schemas/parse-input";
import { AppError } from "@/lib/std/app-error";
import { type Clock, systemClock } from "@/lib/std/clock";
import { findClientAddress } from "./client-address";
import { auth } from "./instance";
import { findMembership } from "./memberships";
import { assertWithinRate, type RateLimit, signInAttempts } from "./rate-limit";

export interface SignInOptions {
  readonly clock?: Clock;
  readonly limit?: RateLimit;
}

/**
 * Checks `{email, password}` as it came from the form (INVALID_REQUEST) and begins a session. In a server action Next sets the
 * cookie; the answer's headers hold it for others. AppError UNAUTHENTICATED says the same for an unknown address and a
 * wrong password; RATE_LIMITED after ten attempts in a minute.
 */
export async function signIn(input: unknown, headers: Headers, options: SignInOptions = {}): Promise<Headers> {
  const { clock = systemClock, limit = signInAttempts } = options;
  const { email, password } = parseInput(signInBody, input);
  // By address, not by IP address: of that there is a new one for each attempt. Counted before the password is checked, so a
  // thousand at once are not a thousand guesses.
  assertWithinRate(limit.take(email, clock.nowMs()), "attempts to sign in");
  try {
    const answer = await auth().api.signInEmail({ body: { email, password }, headers, returnHeaders: true });
    limit.clear(email);
    await beginIn(answer.response.user, { headers, nowMs: clock.nowMs() });
    return answer.headers;
  } catch (cause) {
    if (isAPIError(cause) && cause.statusCode < 500)
      throw new AppError("UNAUTHENTICATED", "E-mail or password is wrong.", { cause });
    throw cause;
  }
}

/** The sign-in as an entry in the activity; whoever belongs to no project any more stays outside. */
async function beginIn(
  { id: userId, name }: { id: string; name: string },
  { headers, nowMs }: { headers: Headers; nowMs: number },
): Promise<void> {
  const db = database();
  const membership = await findMembership(db, { userId });
  if (!membership) {
    await db.session.deleteMany({ where: { userId } });
    throw new AppError("FORBIDDEN", "You belong to no project any more. Ask somebody for an invitation.");
  }
  const actor: Actor = { ...membership, userId, name, via: "console", address: findClientAddress(headers) };
  const object = { type: "member", id: userId, name };
  await db.$transaction((tx) => appendAudit(tx, { actor, action: "session.begin", object, nowMs }));
}

/** Ends the session of these headers; harmless without one. In a server action Next removes the cookie. */
export async function signOut(headers: Headers): Promise<Headers> {
  const answer = await auth().api.signOut({ headers, returnHeaders: true });
  return answer.headers;
}
