import type { ImageId } from "@/lib/schemas/image";
import type { CreateServiceBody } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";

/** The region of this installation. */
export const REGION = "us-east-1";

export function assertRegionOffered(regionCode: string | undefined): void {
  if (regionCode === undefined || regionCode === REGION) return;
  throw new AppError("NOT_OFFERED", `The only region here is ${REGION}.`, {
    field: "region_code",
    details: { regions: [REGION] },
    fix: [{ label: `Use ${REGION}`, set: { region_code: REGION } }],
  });
}

/** A fork shares blocks with its source, so it is where that is. */
export function assertRegionOfSource(
  regionCode: string | undefined,
  source: { name: string; regionCode: string },
): void {
  if (regionCode === undefined || regionCode === source.regionCode) return;
  throw new AppError(
    "NOT_OFFERED",
    `A fork shares its data with its source, so it lives in the same region: ${source.name} is in ${source.regionCode}.`,
    {
      field: "region_code",
      details: { regions: [source.regionCode] },
      fix: [{ label: `Use ${source.regionCode}`, set: { region_code: source.regionCode } }],
    },
  );
}

export function assertReplicasOffered(replicaCount: number | undefined): void {
  if (replicaCount === undefined || replicaCount === 0) return;
  throw new AppError("NOT_OFFERED", "Replicas are not offered here. Leave replica_count out, or make a fork.", {
    field: "replica_count",
  });
}

const PLAIN: ImageId = "postgres-18";
const TIME_SERIES: ImageId = "timescaledb-2.23-pg17";

/** The image that has the add-ons asked for. */
export function chooseImage(addons: CreateServiceBody["addons"]): ImageId {
  if (addons?.includes("ai"))
    throw new AppError("NOT_OFFERED", "The add-on ai is not offered here: no image has pgvector.", { field: "addons" });
  return addons?.includes("time-series") ? TIME_SERIES : PLAIN;
}
