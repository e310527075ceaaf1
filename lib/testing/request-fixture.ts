import { expect } from "vitest";
import type { Database } from "@/lib/db";
import type { ServiceDto } from "@/lib/schemas/service";
import type { ServiceState } from "@/lib/services/service-state";
import { AppError, type ErrorCode } from "@/lib/std/app-error";

/** The AppError with which something is refused; anything else fails the test. */
export async function refusal(asked: Promise<unknown>): Promise<AppError> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("this was accepted");
}

export async function expectRefused(asked: Promise<unknown>, code: ErrorCode, field?: string): Promise<AppError> {
  const error = await refusal(asked);
  expect([error.code, error.field]).toEqual([code, field]);
  return error;
}

/** As if its operation had brought it there. */
export async function setState(db: Database, service: ServiceDto, status: ServiceState): Promise<void> {
  await db.service.update({ where: { id: service.service_id }, data: { status } });
}

export const rowOf = (db: Database, service: ServiceDto) =>
  db.service.findUniqueOrThrow({ where: { id: service.service_id } });

/** In the order in which they were asked for. */
export const operationsOf = (db: Database, service: ServiceDto) =>
  db.operation.findMany({
    where: { serviceId: service.service_id },
    orderBy: { requestedAt: "asc" },
    include: { steps: { orderBy: { position: "asc" } } },
  });
