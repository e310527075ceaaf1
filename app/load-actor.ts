import "server-only";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { findSessionActor } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";

/** Who looks at a page; once per request. A visitor without a session is led to the sign-in and back again. */
export const loadActor = cache(async (): Promise<Actor> => {
  const asked = await headers();
  const actor = await findSessionActor(asked);
  if (actor) return actor;
  redirect(`/login?next=${encodeURIComponent(asked.get("x-offshoot-path") ?? "/")}`);
});
