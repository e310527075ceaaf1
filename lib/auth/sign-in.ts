import { isAPIError } from "better-auth/api";
import { signInBody } from "@/lib/schemas/account";
import { parseInput } from "@/lib/schemas/parse-input";
import { AppError } from "@/lib/std/app-error";
import { type Clock, systemClock } from "@/lib/std/clock";
import { auth } from "./instance";
import { createSignInLimit, type SignInLimit } from "./sign-in-limit";

export interface SignInOptions {
  readonly clock?: Clock;
  readonly limit?: SignInLimit;
}

const limitOfThisProcess = createSignInLimit();

/**
 * Checks `{email, password}` as it came from the form (INVALID_REQUEST) and begins a session. In a server action Next sets the
 * cookie; the answer's headers hold it for others. AppError UNAUTHENTICATED says the same for an unknown address and a
 * wrong password; RATE_LIMITED after ten attempts in a minute.
 */
export async function signIn(input: unknown, headers: Headers, options: SignInOptions = {}): Promise<Headers> {
  const { clock = systemClock, limit = limitOfThisProcess } = options;
  const { email, password } = parseInput(signInBody, input);
  const waitMs = limit.take(email, clock.nowMs());
  if (waitMs > 0)
    throw new AppError("RATE_LIMITED", `Too many attempts to sign in. Try again in ${Math.ceil(waitMs / 1000)} s.`);
  try {
    const answer = await auth().api.signInEmail({ body: { email, password }, headers, returnHeaders: true });
    limit.clear(email);
    return answer.headers;
  } catch (cause) {
    if (isAPIError(cause) && cause.statusCode < 500)
      throw new AppError("UNAUTHENTICATED", "E-mail or password is wrong.", { cause });
    throw cause;
  }
}

/** Ends the session of these headers; harmless without one. In a server action Next removes the cookie. */
export async function signOut(headers: Headers): Promise<Headers> {
  const answer = await auth().api.signOut({ headers, returnHeaders: true });
  return answer.headers;
}
