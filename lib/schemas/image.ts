import { AppError } from "@/lib/std/app-error";

/** What web and forms know of an image; how it is run is lib/compute's. */
export interface ServiceImage {
  /** Key of the image catalogue, for ever: volumes are made with it. */
  readonly id: string;
  /** What a person reads. */
  readonly label: string;
  /** The public API's word. */
  readonly serviceType: "TIMESCALEDB" | "POSTGRES";
}

export const SERVICE_IMAGES: readonly ServiceImage[] = [
  { id: "postgres-18", label: "PostgreSQL 18", serviceType: "POSTGRES" },
  { id: "timescaledb-2.23-pg17", label: "TimescaleDB 2.23 on PostgreSQL 17", serviceType: "TIMESCALEDB" },
];

/** Which image has the add-ons that the public API names. */
export const IMAGE_OF_ADDONS = { none: "postgres-18", timeSeries: "timescaledb-2.23-pg17" } as const;

export function getImage(imageId: string): ServiceImage {
  const image = SERVICE_IMAGES.find(({ id }) => id === imageId);
  if (!image) throw new AppError("NOT_FOUND", `There is no image ${imageId} in this version of Offshoot.`);
  return image;
}
