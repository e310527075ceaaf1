import type { ImageId } from "@/lib/schemas/image";
import { newId } from "@/lib/std/ids";
import { SETUP, SETUP_TIMESCALEDB } from "./ledger";
import { Line } from "./line";
import type { EngineParts } from "./parts";

/** A new line. Its tables come from a volume that is gone already, so that all of its moments hold them. */
export async function prepareLine(parts: EngineParts, imageId: ImageId): Promise<Line> {
  const { store, host } = parts;
  const [prepared, volumeId] = [newId(), newId()];
  await store.fork(await host.ensureTemplate(imageId), prepared);
  const { sql, compute } = await parts.start({ volumeId: prepared, imageId });
  await sql.query(SETUP);
  if (imageId !== "postgres-18") await sql.query(SETUP_TIMESCALEDB);
  await sql.query("ANALYZE");
  await compute.stop();
  await store.fork(prepared, volumeId);
  await store.delete(prepared);
  return new Line({ volumeId, imageId, depth: 1, transactions: [] });
}
