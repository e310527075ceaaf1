import type { Database, Transaction } from "@/lib/db";
import { assert } from "@/lib/std/assert";
import type { Json } from "./canonical-json";
import { hashEntry } from "./hash-entry";

/** Whether the rows are the ones that were written, all of them. */
export type AuditVerdict =
  | { readonly isWhole: true; readonly entries: number; readonly head: string }
  | { readonly isWhole: false; readonly entries: number; readonly problem: string };

const BATCH = 1_000;
// A million entries take about half a minute.
const TIMEOUT_MS = 120_000;

/**
 * Reads a project's rows from the first to the last. A row that was changed has another hash; one that was removed breaks the
 * row after it; rows cut off the end
 * are missed by the head in the project's row. All is read as of one moment.
 */
export async function verifyAudit(db: Database, projectId: string): Promise<AuditVerdict> {
  return db.$transaction((tx) => verifyChain(tx, projectId), { isolationLevel: "RepeatableRead", timeout: TIMEOUT_MS });
}

async function verifyChain(db: Transaction, projectId: string): Promise<AuditVerdict> {
  const project = await db.project.findUnique({ where: { id: projectId } });
  assert(project, `there is no project ${projectId}`);
  let [seq, previous] = [0n, ""];
  const broken = (problem: string): AuditVerdict => ({ isWhole: false, entries: Number(seq), problem });
  while (seq < project.auditSeq) {
    const rows = await db.auditEntry.findMany({
      where: { projectId, seq: { gt: seq, lte: project.auditSeq } },
      orderBy: { seq: "asc" },
      take: BATCH,
    });
    if (rows.length === 0) return broken(`Entries ${seq + 1n} to ${project.auditSeq} are missing.`);
    for (const row of rows) {
      if (row.seq !== seq + 1n) return broken(`Entry ${seq + 1n} is missing.`);
      if (row.previous !== previous) return broken(`Entry ${row.seq} does not follow from the one before it.`);
      const entry = { ...row, before: row.before as Json, after: row.after as Json };
      if (hashEntry(entry) !== row.hash) return broken(`Entry ${row.seq} is not what was written.`);
      [seq, previous] = [row.seq, row.hash];
    }
  }
  if (previous !== project.auditHash) return broken(`Entry ${seq} is not the one that was written last.`);
  if ((await db.auditEntry.count({ where: { projectId, seq: { gt: seq } } })) > 0)
    return broken(`Entries after ${seq} were not written by Offshoot.`);
  return { isWhole: true, entries: Number(seq), head: previous };
}
