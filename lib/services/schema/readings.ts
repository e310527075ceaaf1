import type { Transaction } from "@/lib/db";
import type { OperationFacts, OperationFailure } from "@/lib/orchestrator";
import { schemaInput } from "@/lib/schemas/operation-input";
import { type SchemaAgainst, type SchemaContent, type SchemaDto, schemaContent } from "@/lib/schemas/schema-reading";
import { AppError, type ErrorCode, HTTP_STATUS } from "@/lib/std/app-error";
import type { Db } from "../move-service";
import type { SchemaSides } from "./find-sides";

/** One that was read a moment ago is the answer to whoever waited for it, though a busy service has moved on meanwhile. */
const FRESH_MS = 10_000;

export interface SchemaReading {
  readonly schema: SchemaDto;
  readonly sql: string;
}

interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Writes what an operation read; older readings of the same are of no use any more. */
export async function recordSchema(
  tx: Transaction,
  { id, serviceId, input }: OperationFacts,
  { content, nowMs }: { content: SchemaContent; nowMs: number },
): Promise<void> {
  await replaceReading(tx, { id, serviceId, input }, { content: { ...content }, nowMs });
}

/** Writes why an operation could not read it: what whoever waits is told. */
export async function recordSchemaProblem(
  tx: Transaction,
  operation: OperationFacts,
  { failure, nowMs }: { failure: OperationFailure; nowMs: number },
): Promise<void> {
  const code = failure.cause instanceof AppError ? failure.cause.code : "INTERNAL";
  await replaceReading(tx, operation, { content: { problem: { code, message: failure.message } }, nowMs });
}

async function replaceReading(
  tx: Transaction,
  { id: operationId, serviceId, input }: Pick<OperationFacts, "id" | "serviceId" | "input">,
  { content, nowMs }: { content: object; nowMs: number },
): Promise<void> {
  const against = columnOf(schemaInput.parse(input).against);
  const written = { against, readAt: new Date(nowMs), content: { ...content } };
  await tx.schemaReading.deleteMany({ where: { serviceId, against, operationId: { not: operationId } } });
  await tx.schemaReading.upsert({
    where: { operationId },
    create: { operationId, serviceId, ...written },
    update: written,
  });
}

const columnOf = (against: SchemaAgainst | undefined): string => against ?? "none";

export interface Wanted {
  readonly serviceId: string;
  readonly against: SchemaAgainst | undefined;
  readonly sides: SchemaSides;
  readonly nowMs: number;
}

/** The newest reading if it still holds: neither side has another commit since, or it is fresh. A fresh failure is thrown. */
export async function findReading(db: Db, wanted: Wanted): Promise<SchemaReading | undefined> {
  const { serviceId, against, nowMs } = wanted;
  const row = await db.schemaReading.findFirst({
    where: { serviceId, against: columnOf(against) },
    orderBy: { readAt: "desc" },
  });
  if (!row) return undefined;
  const isFresh = nowMs - row.readAt.getTime() < FRESH_MS;
  const problem = findProblem(row.content);
  if (problem && isFresh) throw new AppError(problem.code, problem.message);
  if (problem) return undefined;
  const { sql, volumes, ...content } = schemaContent.parse(row.content);
  if (!isFresh && !holds({ ...content, volumes }, wanted.sides)) return undefined;
  const read = { operation_id: row.operationId, read_at: row.readAt.toISOString() };
  return { schema: { service_id: serviceId, against: against ?? null, ...read, ...content }, sql };
}

function findProblem(content: unknown): Problem | undefined {
  const { problem } = content as { problem?: Problem };
  return problem && problem.code in HTTP_STATUS ? problem : undefined;
}

function holds(
  { of, source, volumes }: Pick<SchemaContent, "of" | "source" | "volumes">,
  { service, source: other }: SchemaSides,
): boolean {
  const read = [of.commit, ...(source ? [source.commit] : [])];
  const wanted = [service, ...(other ? [other] : [])];
  return wanted.every(({ volumeId, commit }, index) => volumes[index] === volumeId && read[index] === commit);
}
