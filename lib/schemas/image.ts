/**
 * What a service can run, as web and engine both know it: the engine's catalogue (lib/compute) adds the packages. The
 * first is the default. An id is stored with every service and every template: it is never reused for something else.
 * No schema library here, since a compute's worker reads this file and starts in a tenth of a second.
 */
export const IMAGES = [
  { id: "postgres-18", label: "PostgreSQL 18", serviceType: "POSTGRES" },
  { id: "timescaledb-2.23-pg17", label: "TimescaleDB 2.23 on PostgreSQL 17", serviceType: "TIMESCALEDB" },
] as const;

export type ImageLabel = (typeof IMAGES)[number];
export type ImageId = ImageLabel["id"];

export function findImage(id: string): ImageLabel | undefined {
  return IMAGES.find((image) => image.id === id);
}
