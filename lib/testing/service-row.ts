import type { Database, Service } from "@/lib/db";
import { newId } from "@/lib/std/ids";

/** The row of a service in a project of its own, for tests to which it is only a row. */
export async function makeServiceRow(db: Database): Promise<Service> {
  const [id, projectId] = [newId(), newId()];
  const at = new Date(0);
  await db.project.create({ data: { id: projectId, name: "p", createdAt: at, maxTtlSeconds: 1, graceSeconds: 1 } });
  return db.service.create({
    data: {
      id,
      projectId,
      name: id,
      image: "postgres-18",
      regionCode: "us-east-1",
      cpuMillis: 500,
      memoryGbs: 2,
      status: "QUEUED",
      createdAt: at,
      passwordSetAt: at,
      scramVerifier: "",
      volumeId: newId(),
    },
  });
}
