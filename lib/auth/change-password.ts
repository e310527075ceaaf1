import { isAPIError } from "better-auth/api";
import { changePasswordBody } from "@/lib/schemas/people";
import { AppError } from "@/lib/std/app-error";
import { auth } from "./instance";

/** Gives the signed-in person the new password of `{current, next}` (ZodError), and ends all their other sessions. */
export async function changePassword(input: unknown, headers: Headers): Promise<void> {
  const { current, next } = changePasswordBody.parse(input);
  try {
    const body = { currentPassword: current, newPassword: next, revokeOtherSessions: true };
    await auth().api.changePassword({ body, headers });
  } catch (cause) {
    if (isAPIError(cause) && cause.statusCode < 500)
      throw new AppError("UNAUTHENTICATED", "This is not your password.", { field: "current", cause });
    throw cause;
  }
}
