import { isAPIError } from "better-auth/api";
import { appendAudit } from "@/lib/audit";
import type { Actor } from "@/lib/schemas/actor";
import { changePasswordBody } from "@/lib/schemas/people";
import { AppError } from "@/lib/std/app-error";
import { type AuthOptions, authContext } from "./context";
import { auth } from "./instance";

/**
 * Gives the signed-in person the new password of `{current, next}` (ZodError), and ends all their other sessions. The entry in
 * the activity follows: better-auth changes the password in a transaction of its own.
 */
export async function changePassword(
  actor: Actor,
  input: unknown,
  { headers, ...options }: AuthOptions & { headers: Headers },
): Promise<void> {
  const { current, next } = changePasswordBody.parse(input);
  try {
    const body = { currentPassword: current, newPassword: next, revokeOtherSessions: true };
    await auth().api.changePassword({ body, headers });
  } catch (cause) {
    if (isAPIError(cause) && cause.statusCode < 500)
      throw new AppError("UNAUTHENTICATED", "This is not your password.", { field: "current", cause });
    throw cause;
  }
  const { db, nowMs } = authContext(options);
  const object = { type: "member", id: actor.userId ?? "", name: actor.name };
  const after = { passwordSetAt: new Date(nowMs) };
  await db.$transaction((tx) => appendAudit(tx, { actor, action: "session.password", object, after, nowMs }));
}
