import { database } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import { AppError } from "@/lib/std/app-error";
import { systemClock } from "@/lib/std/clock";
import { findClientAddress } from "./client-address";
import { auth } from "./instance";
import { findMembership } from "./memberships";
import { takeRequest } from "./rate-limit";

/** The cookie that says which of a person's projects the console shows; without it the one they joined first. */
export const PROJECT_COOKIE = "offshoot.project";

/** Who is signed in, from the session cookie in a request's headers; undefined without a valid session or any project. */
export async function findSessionActor(headers: Headers): Promise<Actor | undefined> {
  return (await findSession(headers))?.actor;
}

/** The same for what needs a session, counted as a request of it. Throws UNAUTHENTICATED, RATE_LIMITED. */
export async function requireActor(headers: Headers): Promise<Actor> {
  const session = await findSession(headers);
  if (!session) throw new AppError("UNAUTHENTICATED", "Your session has ended. Sign in again.");
  takeRequest(session.id, systemClock.nowMs());
  return session.actor;
}

async function findSession(headers: Headers): Promise<{ id: string; actor: Actor } | undefined> {
  const session = await auth().api.getSession({ headers });
  if (!session) return undefined;
  const { id: userId, name, email } = session.user;
  const membership = await findMembership(database(), { userId, preferred: readCookie(headers, PROJECT_COOKIE) });
  if (!membership) return undefined;
  const { projectId, role } = membership;
  const address = findClientAddress(headers);
  return { id: session.session.id, actor: { projectId, userId, name: name || email, via: "console", role, address } };
}

function readCookie(headers: Headers, name: string): string | undefined {
  const cookies = (headers.get("cookie") ?? "").split(";").map((cookie) => cookie.trim());
  return cookies.find((cookie) => cookie.startsWith(`${name}=`))?.slice(name.length + 1);
}
