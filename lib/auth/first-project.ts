import type { Project, Transaction } from "@/lib/db";
import { newId } from "@/lib/std/ids";

// What is forgotten must end by itself: a day for a fork, a month at most, and a day to change one's mind.
const DAY_SECONDS = 86_400;
/** What a new project begins with. */
export const PROJECT_DEFAULTS = {
  defaultTtlSeconds: DAY_SECONDS,
  maxTtlSeconds: 30 * DAY_SECONDS,
  graceSeconds: DAY_SECONDS,
};

/** The project that everybody works in, made with the first owner or key. Several processes may ask at once. */
export async function ensureFirstProject(tx: Transaction, nowMs: number): Promise<Project> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('offshoot first project', 0))`;
  const existing = await tx.project.findFirst({ orderBy: { createdAt: "asc" } });
  if (existing) return existing;
  return tx.project.create({
    data: { id: newId(), createdAt: new Date(nowMs), name: "Default project", ...PROJECT_DEFAULTS },
  });
}
