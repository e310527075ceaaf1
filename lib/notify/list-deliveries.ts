import type { Database } from "@/lib/db";
import type { DeliveryDto } from "@/lib/schemas/webhook";

const LISTED = 20;

/** The project's newest messages and what became of them. */
export async function listDeliveries(db: Database, projectId: string): Promise<DeliveryDto[]> {
  const rows = await db.delivery.findMany({
    where: { projectId },
    orderBy: [{ createdAt: "desc" }, { id: "asc" }],
    take: LISTED,
  });
  return rows.map((row) => ({
    id: row.id,
    channel: row.channel === "email" ? "email" : "webhook",
    target: row.target,
    event: row.event,
    created: row.createdAt.toISOString(),
    attempts: row.attempt,
    delivered: row.deliveredAt?.toISOString() ?? null,
    next: row.nextAt?.toISOString() ?? null,
    error: row.error,
  }));
}
