import type { DeleteFactsDto } from "@/lib/schemas/delete-facts";
import type { FreesDto, StorageDto } from "@/lib/schemas/history";
import type { ServiceDto } from "@/lib/schemas/service";
import { formatBytes } from "@/lib/std/format";
import { sayLength } from "./lifetime";

/** How a deletion is asked for (ux.md W9): reversible and cheap at once, costly with facts, a source by its name. */
export type DeletionWay = "at-once" | "with-facts" | "typed-name";

const MUCH_WRITTEN_BYTES = 1024 ** 3;

/** The way for this service, given what the engine knows. What is not known counts as costly. */
export function chooseDeletionWay(service: ServiceDto, facts: DeleteFactsDto): DeletionWay {
  if (!service.forked_from) return "typed-name";
  const quiet = facts.connections?.length === 0;
  const little = facts.written_bytes !== null && facts.written_bytes <= MUCH_WRITTEN_BYTES;
  const mortal = service.expires_at !== null;
  return quiet && little && mortal && facts.environment === "DEV" ? "at-once" : "with-facts";
}

export interface DeletionFigures {
  /** As the service's page has them; undefined while they are not known. */
  readonly storage: StorageDto | undefined;
  /** What goes with its forks, in a sentence. */
  readonly together?: string | undefined;
}

/** What the person should know first, one sentence each. */
export function listDeletionFacts(facts: DeleteFactsDto, { storage, together }: DeletionFigures): string[] {
  return [
    ...sayConnections(facts),
    ...(storage
      ? [sayWritten(storage, facts.forks.length > 0), `${sayFrees(storage, "Deleting")}, once it is purged.`]
      : ["How much was written here is not known right now: the engine is not answering."]),
    ...(together ? [together] : []),
    ...sayForks(facts),
    `It can be restored for ${sayLength(facts.grace_seconds)} from Recently deleted, with its data, endpoint and password.`,
  ];
}

const sayWritten = ({ written_bytes }: StorageDto, hasForks: boolean): string =>
  hasForks
    ? `${formatBytes(written_bytes)} were written here; its forks keep what they share of that.`
    : `${formatBytes(written_bytes)} written here exist nowhere else.`;

const sayFrees = ({ frees_bytes }: StorageDto, verb: string): string => `${verb} it frees ${formatBytes(frees_bytes)}`;

/** What is lost with a purge, and what comes back to the disk. */
export const sayPurge = (storage: StorageDto, hasForks: boolean): string =>
  `${sayWritten(storage, hasForks)} ${sayFrees(storage, "Purging")}.`;

/** What deleting a service with all that was forked from it returns. */
export const sayTogether = (forks: number, { frees_bytes }: FreesDto): string =>
  `Deleting it and its ${forks === 1 ? "fork" : `${forks} forks`} together frees ${formatBytes(frees_bytes)}.`;

function sayConnections({ connections }: DeleteFactsDto): string[] {
  if (connections === null)
    return ["Whether clients are connected is not known right now: the engine is not answering."];
  if (connections.length === 0) return ["No client is connected."];
  const names = [...new Set(connections.map(({ application, address }) => application || address))];
  const who = names.length > 3 ? `${names.slice(0, 3).join(", ")} and others` : names.join(", ");
  return [`${connections.length === 1 ? "1 client is" : `${connections.length} clients are`} connected (${who}).`];
}

function sayForks({ forks }: DeleteFactsDto): string[] {
  if (forks.length === 0) return [];
  const names = forks.map(({ name }) => name).join(", ");
  return [
    forks.length === 1
      ? `1 fork was made from it (${names}); it keeps working and keeps its data.`
      : `${forks.length} forks were made from it (${names}); they keep working and keep their data.`,
  ];
}
