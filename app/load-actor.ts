import { cache } from "react";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { requireActor } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import { AppError } from "@/lib/std/app-error";

/** Who looks at a page; once per request. A visitor without a session is led to the sign-in and back again. */
export const loadActor = cache(async (): Promise<Actor> => {
  const asked = await headers();
  const actor = await findActor(asked);
  if (actor) return actor;
  redirect(`/login?next=${encodeURIComponent(asked.get("x-offshoot-path") ?? "/")}`);
});

async function findActor(asked: Headers): Promise<Actor | undefined> {
  try {
    return await requireActor(asked);
  } catch (error) {
    if (error instanceof AppError && error.code === "UNAUTHENTICATED") return undefined;
    throw error;
  }
}
