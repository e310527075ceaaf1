import { forkInput, resetInput } from "@/lib/schemas/operation-input";
import type { Db } from "./move-service";
import { isAsleep, isFailed, isInBin, isPaused, isPurged, type ServiceState } from "./service-state";

/** What rows speak of: everything else that an engine holds belongs to nobody. */
export interface Owned {
  readonly volumes: ReadonlySet<string>;
  /** Services whose port may be open. */
  readonly open: ReadonlySet<string>;
  /** Services whose Postgres may run. */
  readonly running: ReadonlySet<string>;
  /** Holds that end with their operation, and have not. */
  readonly heldFor: ReadonlySet<string>;
  /** Every id that such a hold could have; others are people's. */
  readonly holders: ReadonlySet<string>;
}

/** Reads what should be there. What an operation that is under way makes, or has still to end, is its own. */
export async function listOwned(db: Db): Promise<Owned> {
  const [services, retired, operations, resets] = await Promise.all([
    db.service.findMany({ select: { id: true, status: true, volumeId: true } }),
    db.retiredVolume.findMany({ select: { volumeId: true } }),
    db.operation.findMany({ where: { state: { in: ["QUEUED", "RUNNING"] } } }),
    db.operation.findMany({ where: { kind: "reset" }, select: { id: true } }),
  ]);
  const busy = new Set(operations.map(({ serviceId }) => serviceId));
  const idsWhere = (holds: (state: ServiceState) => boolean) =>
    services.filter(({ id, status }) => busy.has(id) || holds(status)).map(({ id }) => id);
  const keeping = new Set(idsWhere(hasData));
  const underWay = operations.flatMap(findIds);
  const volumes = services.filter(({ id }) => keeping.has(id)).map(({ volumeId }) => volumeId);
  return {
    volumes: new Set([...volumes, ...retired.map(({ volumeId }) => volumeId), ...underWay]),
    open: new Set([...underWay, ...idsWhere((state) => hasData(state) && (isAsleep(state) || !isInBin(state)))]),
    running: new Set([...underWay, ...idsWhere((state) => hasData(state) && !isInBin(state) && !isPaused(state))]),
    heldFor: new Set(operations.flatMap(findHold)),
    holders: new Set([...services.map(({ id }) => id), ...resets.map(({ id }) => id)]),
  };
}

const hasData = (state: ServiceState) => !isPurged(state) && !isFailed(state);

/** Whatever it names may be a volume that it is making, or a Postgres that it runs for a while. */
const findIds = ({ id, input }: { id: string; input: unknown }): string[] => [
  id,
  ...(JSON.stringify(input).match(/\b[a-z0-9]{10}\b/g) ?? []),
];

function findHold({ kind, input }: { kind: string; input: unknown }): string[] {
  if (kind === "fork") return [forkInput.parse(input).reserved?.holdId ?? []].flat();
  return kind === "reset" ? [resetInput.parse(input).clone?.holdId ?? []].flat() : [];
}
