import type { Database, Prisma, Transaction } from "@/lib/db";
import { type ServiceState, statesBefore } from "./service-state";

/** A transaction, or the database itself where one statement is enough. */
export type Db = Database | Transaction;

export interface Move {
  readonly serviceId: string;
  readonly to: ServiceState;
  /** Only from these; by default from every state that the table allows. */
  readonly from?: readonly ServiceState[];
  readonly patch?: Prisma.ServiceUncheckedUpdateInput;
}

/** Moves a service to another state in one fenced statement. False when it was in none of the states it may come from. */
export async function moveService(db: Db, { serviceId, to, from, patch }: Move): Promise<boolean> {
  const allowed = statesBefore(to).filter((state) => from === undefined || from.includes(state));
  const { count } = await db.service.updateMany({
    where: { id: serviceId, status: { in: allowed } },
    data: { ...patch, status: to, version: { increment: 1 } },
  });
  return count === 1;
}
