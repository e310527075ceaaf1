import type { Database } from "@/lib/db";
import { PERFORM_TASK } from "./queue";

/**
 * Jobs that have been due for so long and wait for an operation that is finished, or that nobody knows. Performing one does nothing,
 * and a queue that works has done it within a second; what it will never perform again `forgetDeadJobs` has removed.
 */
export async function findStrayJobs(db: Database, dueForMs: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ key: string }[]>`
    SELECT coalesce(job.key, job.id::text) AS key FROM graphile_worker.jobs AS job
    LEFT JOIN operations AS operation ON operation.id = job.key AND operation.state IN ('QUEUED', 'RUNNING')
    WHERE job.task_identifier = ${PERFORM_TASK} AND job.locked_at IS NULL AND operation.id IS NULL
      AND job.attempts < job.max_attempts AND job.run_at <= now() - ${dueForMs}::float8 * interval '1 millisecond'`;
  return rows.map(({ key }) => key);
}
