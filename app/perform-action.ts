import "server-only";
import { headers } from "next/headers";
import { ZodError } from "zod";
import { requireActor } from "@/lib/auth";
import type { ActionFailure, ActionResult } from "@/lib/client/action-result";
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
    const failure = findFailure(error);
    if (failure) return failure;
    throw error;
  }
}

function findFailure(error: unknown): ActionFailure | undefined {
  if (error instanceof AppError) {
    const { code, message, field, fix } = error;
    return { ok: false, code, message, field, fix };
  }
  if (!(error instanceof ZodError)) return undefined;
  const issue = error.issues[0];
  const field = issue?.path.map(String).join(".") || undefined;
  return { ok: false, code: "INVALID_REQUEST", message: issue?.message ?? "That is not understood.", field, fix: [] };
}
