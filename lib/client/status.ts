import type { ServiceDto } from "@/lib/schemas/service";
import { formatDuration } from "@/lib/std/format";
import type { TakenNames } from "./names";

export type Tone = "ok" | "info" | "warn" | "danger" | "quiet";
export type StatusIcon =
  | "queued"
  | "working"
  | "ready"
  | "expiring"
  | "unhealthy"
  | "paused"
  | "expired"
  | "deleted"
  | "failed";

export interface StatusView {
  readonly icon: StatusIcon;
  readonly label: string;
  readonly tone: Tone;
  /** One more line for whoever looks closer, or undefined. Healthy stays quiet. */
  readonly detail?: string | undefined;
}

const WORKING = new Set<ServiceDto["status"]>([
  "QUEUED",
  "CONFIGURING",
  "PAUSING",
  "RESUMING",
  "UPGRADING",
  "DELETING",
]);
const EXPIRING_SHARE = 0.25;
const EXPIRING_SECONDS = 3_600;

/** What was forked from a service, and from those again, as far as the list shows it. */
export function listDescendants({ service_id }: ServiceDto, services: readonly ServiceDto[]): ServiceDto[] {
  const found: ServiceDto[] = [];
  for (let parents = [service_id]; parents.length > 0; ) {
    const next = services.filter((one) => isListed(one) && parents.includes(one.forked_from?.service_id ?? ""));
    found.push(...next);
    parents = next.map((one) => one.service_id);
  }
  return found;
}

/** Something is being done to it: worth looking again soon. */
export function isInProgress(service: ServiceDto): boolean {
  return WORKING.has(service.status);
}

export const isFork = (service: ServiceDto): boolean => service.forked_from !== null;

/** Shown in the lists: what is on its way out is found in Recently deleted from the first moment. */
export const isListed = (service: ServiceDto): boolean => service.status !== "DELETING" && service.status !== "DELETED";

/** Names in use: what failed or is deleted has given its name back. */
export const listTakenNames = (services: readonly ServiceDto[]): TakenNames =>
  new Map(
    services
      .filter((service) => isListed(service) && !isFailed(service))
      .map(({ name, forked_from }) => [name, forked_from ? `a fork of ${forked_from.name}` : "another service"]),
  );

export const isReady = (service: ServiceDto): boolean => service.status === "READY";

/** Its life is over by its TTL; it can be restored until its grace is. */
export const hasExpired = (service: ServiceDto): boolean => service.expired_at !== null;

export const isFailed = (service: ServiceDto): boolean => service.status === "FAILED";

/** Whether a fork can be asked for now, and if not, the reason in a sentence. */
export function findForkObstacle(source: ServiceDto): string | undefined {
  if (hasExpired(source)) return `${source.name} has expired. Restore it to fork it.`;
  switch (source.status) {
    case "DELETING":
    case "DELETED":
      return `${source.name} is being deleted. Restore it from Recently deleted to fork it.`;
    case "FAILED":
      return `${source.name} failed and holds no data that can be forked.`;
    case "QUEUED":
    case "CONFIGURING":
      return `${source.name} is still being made, or reset. It can be forked when it is ready.`;
    default:
      return undefined;
  }
}

/** Seconds until it ends, or undefined when it does not. */
export function findSecondsLeft(service: ServiceDto, nowMs: number): number | undefined {
  return service.expires_at ? (Date.parse(service.expires_at) - nowMs) / 1000 : undefined;
}

/** A fork that lives: its end can be moved. */
export const mayExtend = (service: ServiceDto): boolean =>
  isFork(service) && isListed(service) && !isFailed(service) && !hasExpired(service);

/** Less than a quarter of its life, or less than an hour, is left. */
export function isExpiring(service: ServiceDto, nowMs: number): boolean {
  if (hasExpired(service)) return false;
  const left = findSecondsLeft(service, nowMs);
  if (left === undefined || !service.expires_at) return false;
  const life = (Date.parse(service.expires_at) - Date.parse(service.created)) / 1000;
  return left < Math.min(EXPIRING_SECONDS, life) || left < life * EXPIRING_SHARE;
}

/** Icon, word and tone of a status, as ux.md 2.4 has them; colour is only the third cue. */
export function computeStatusView(service: ServiceDto, nowMs: number): StatusView {
  switch (service.status) {
    case "QUEUED":
      return { icon: "queued", label: "Queued", tone: "info" };
    case "CONFIGURING":
      return { icon: "working", label: sayProgress(service), tone: "info" };
    case "READY":
      return isExpiring(service, nowMs) ? sayExpiring(service, nowMs) : { icon: "ready", label: "Ready", tone: "ok" };
    case "UNSTABLE":
      return { icon: "unhealthy", label: "Unhealthy", tone: "warn", detail: service.status_reason ?? undefined };
    case "PAUSING":
    case "PAUSED":
      if (hasExpired(service)) return { icon: "expired", label: "Expired", tone: "quiet" };
      return { icon: "paused", label: service.status === "PAUSED" ? "Paused" : "Pausing", tone: "quiet" };
    case "RESUMING":
      return { icon: "working", label: "Resuming", tone: "info" };
    case "UPGRADING":
      return { icon: "working", label: "Upgrading", tone: "info" };
    case "DELETING":
      return { icon: "deleted", label: "Deleting", tone: "quiet" };
    case "DELETED":
      return { icon: "deleted", label: "Deleted", tone: "quiet" };
    case "FAILED":
      return { icon: "failed", label: "Failed", tone: "danger", detail: service.status_reason ?? undefined };
  }
}

const STEP_WORDS: Record<string, string> = {
  template: "Preparing the image",
  settle: "Reserving",
  clone: "Cloning",
  start: "Starting",
  sample: "Loading sample",
  disarm: "Disarming",
  disconnect: "Stopping",
  stop: "Stopping",
  switch: "Switching",
  check: "Checking",
};

function sayProgress({ progress }: ServiceDto): string {
  const word = STEP_WORDS[progress?.step ?? ""] ?? (progress?.operation === "restore" ? "Restoring" : "Starting");
  return progress?.percent == null ? word : `${word} ${progress.percent}%`;
}

function sayExpiring(service: ServiceDto, nowMs: number): StatusView {
  const left = findSecondsLeft(service, nowMs) ?? 0;
  const label = left > 0 ? `Expires in ${formatDuration(left)}` : "Expiring";
  return { icon: "expiring", label, tone: "warn" };
}
