import type { Database } from "@/lib/db";
import { database } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import { AppError } from "@/lib/std/app-error";
import { auth } from "./instance";

/** Who is signed in, from the session cookie in a request's headers; undefined without a valid session. */
export async function findSessionActor(headers: Headers): Promise<Actor | undefined> {
  const session = await auth().api.getSession({ headers });
  if (!session) return undefined;
  const { id, name, email } = session.user;
  return { projectId: await getProjectId(database()), userId: id, name: name || email, via: "console" };
}

/** The same for what needs a session. Throws AppError UNAUTHENTICATED. */
export async function requireActor(headers: Headers): Promise<Actor> {
  const actor = await findSessionActor(headers);
  if (actor) return actor;
  throw new AppError("UNAUTHENTICATED", "Your session has ended. Sign in again.");
}

/** An installation has one project; whoever has an account works in it. */
async function getProjectId(db: Database): Promise<string> {
  const project = await db.project.findFirstOrThrow({ orderBy: { createdAt: "asc" }, select: { id: true } });
  return project.id;
}
