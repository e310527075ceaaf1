import type { ServiceDto } from "@/lib/schemas/service";

/** Where a service's page is: forks and services have a section each. */
export function serviceHref({ service_id, forked_from }: Pick<ServiceDto, "service_id" | "forked_from">): string {
  return forked_from ? `/forks/${service_id}` : `/services/${service_id}`;
}

/** The wizard, opened for a source. */
export const forkHref = (sourceName: string): string => `/forks/new?source=${encodeURIComponent(sourceName)}`;

/** The wizard, opened for a snapshot of a source. */
export const snapshotForkHref = (sourceName: string, snapshotId: string): string =>
  `${forkHref(sourceName)}&strategy=LAST_SNAPSHOT&snapshot=${snapshotId}`;

/** Where to return to after signing in: a path of this console, never another site. */
export function toReturnPath(next: string | null | undefined): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith("/login") ? next : "/services";
}

/** The form for a new service, filled in for the sample. */
export const SAMPLE_HREF =
  "/services/new?image=timescaledb-2.23-pg17&start=prod-telemetry&name=prod-telemetry&environment=PROD";
