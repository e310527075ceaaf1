import type { ImageId } from "@/lib/schemas/image";
import type { CreateServiceBody, ForkServiceBody } from "@/lib/schemas/service";
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

const NOT_YET = {
  LAST_SNAPSHOT: "Forks of the last snapshot are not available yet.",
  PITR: "Forks of a moment in the past are not available yet.",
} as const;

/** In this version a fork is made of the source as it is now. */
export function assertStrategyOffered(body: ForkServiceBody): void {
  if (body.fork_strategy !== "NOW")
    throw new AppError("NOT_OFFERED", `${NOT_YET[body.fork_strategy]} Fork the service as it is now.`, {
      field: "fork_strategy",
      fix: [{ label: "Fork it as it is now", set: { fork_strategy: "NOW" } }],
    });
  if (body.target_time !== undefined)
    throw new AppError("INVALID_REQUEST", "A fork of now takes no target_time.", { field: "target_time" });
}
