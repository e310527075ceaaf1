import type { SnapshotDto, SnapshotKindDto } from "@/lib/schemas/history";
import type { ServiceDto } from "@/lib/schemas/service";
import type { ServiceSnapshots } from "./history";

export const SNAPSHOT_WORDS: Record<SnapshotKindDto, string> = { manual: "Manual", scheduled: "Scheduled" };

/** A snapshot and whose it is. */
export interface SnapshotEntry {
  readonly service: ServiceDto;
  readonly snapshot: SnapshotDto;
}

/** Every snapshot with whose it is, newest first; those of services that have just gone are left out. */
export function listSnapshotEntries(
  found: readonly ServiceSnapshots[],
  services: readonly ServiceDto[],
): SnapshotEntry[] {
  const byId = new Map(services.map((service) => [service.service_id, service]));
  return found
    .flatMap(({ service_id, snapshots }) => {
      const service = byId.get(service_id);
      return service ? (snapshots ?? []).map((snapshot) => ({ service, snapshot })) : [];
    })
    .sort((left, right) => right.snapshot.taken_time.localeCompare(left.snapshot.taken_time));
}

/** Those whose name, or whose service's name, has the text in it. */
export function searchSnapshots(entries: readonly SnapshotEntry[], text: string): readonly SnapshotEntry[] {
  const word = text.trim().toLowerCase();
  return entries.filter(({ service, snapshot }) =>
    [service.name, snapshot.name].some((name) => name.toLowerCase().includes(word)),
  );
}

/** The forks that were made of a snapshot, as far as this project's list shows them. */
export const listForksOf = ({ id }: SnapshotDto, services: readonly ServiceDto[]): ServiceDto[] =>
  services.filter(({ receipt }) => receipt?.snapshot_id === id);

/** What deleting a snapshot means, one sentence each. */
export function listSnapshotDeletionFacts(forks: readonly ServiceDto[]): string[] {
  const names = forks.map(({ name }) => name).join(", ");
  return [
    forks.length === 0
      ? "No fork was made of it."
      : forks.length === 1
        ? `1 fork uses this snapshot: ${names}. It keeps working and keeps all its data.`
        : `${forks.length} forks use this snapshot: ${names}. They keep working and keep all their data.`,
    "Its moment can be forked again only as long as it lies in the WAL window.",
    "This cannot be undone.",
  ];
}
