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

/** What the person should know first, one sentence each. The figures are those of the service's page. */
export function listDeletionFacts(facts: DeleteFactsDto, storage: StorageDto | undefined): string[] {
  return [
    ...sayConnections(facts),
    ...(storage
      ? sayStorage(storage, "Deleting")
      : ["How much was written here is not known right now: the engine is not answering."]),
    ...sayForks(facts),
    `It can be restored for ${sayLength(facts.grace_seconds)} from Recently deleted, with its data, endpoint and password.`,
  ];
}

/** What is lost and what comes back. A deletion returns its bytes when it is purged. */
export const sayStorage = ({ written_bytes, frees_bytes }: StorageDto, verb: "Deleting" | "Purging"): string[] => [
  `${formatBytes(written_bytes)} written here exist nowhere else.`,
  `${verb} it frees ${formatBytes(frees_bytes)}${verb === "Deleting" ? ", once it is purged" : ""}.`,
];

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
