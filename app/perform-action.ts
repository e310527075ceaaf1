import "server-only";
import { headers } from "next/headers";
import { requireActor } from "@/lib/auth";
import type { ActionResult } from "@/lib/client/action-result";
import type { Actor } from "@/lib/schemas/actor";
import { AppError } from "@/lib/std/app-error";

/** Runs a server action as the signed-in person. What they can cause comes back as a value; a bug of ours is thrown. */
export async function performAction<Facts extends object>(
  act: (actor: Actor) => Promise<Facts>,
): Promise<ActionResult<Facts>> {
  return answerFailures(async () => act(await requireActor(await headers())));
}

/** The same for actions that need no session: signing in, setting up. */
export async function answerFailures<Facts extends object>(act: () => Promise<Facts>): Promise<ActionResult<Facts>> {
  try {
    return { ok: true, ...(await act()) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, field, fix } = error;
    return { ok: false, code, message, field, fix };
  }
}
