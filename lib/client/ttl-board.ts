import type { ServiceDto } from "@/lib/schemas/service";
import { findSecondsLeft, isFork, isListed, isReady } from "./status";

/** What ends when, by what a person may want to do about it. A fork can be in two of them. */
export interface TtlBoard {
  /** In the next 24 hours, the nearest end first. */
  readonly expiring: readonly ServiceDto[];
  /** Oldest first. */
  readonly never: readonly ServiceDto[];
  /** Nobody is connected now, and it is older than a day; undefined while the engine is silent. */
  readonly idle: readonly ServiceDto[] | undefined;
  /** Expired: restorable until its purge, the nearest first. */
  readonly grace: readonly ServiceDto[];
}

const DAY_SECONDS = 86_400;

/** Sorts the project's forks into the lists of the page. */
export function computeTtlBoard(
  services: readonly ServiceDto[],
  connections: Readonly<Record<string, number>> | null,
  nowMs: number,
): TtlBoard {
  const forks = services.filter((one) => isListed(one) && isFork(one) && one.status !== "FAILED");
  const living = forks.filter(({ expired_at }) => expired_at === null);
  const left = (fork: ServiceDto) => findSecondsLeft(fork, nowMs) ?? Number.POSITIVE_INFINITY;
  const isOld = ({ created }: ServiceDto) => nowMs - Date.parse(created) > DAY_SECONDS * 1000;
  return {
    expiring: living.filter((fork) => left(fork) <= DAY_SECONDS).sort((one, other) => left(one) - left(other)),
    never: living.filter(({ expires_at }) => expires_at === null).sort(by(({ created }) => created)),
    idle: connections
      ? living
          .filter((fork) => isReady(fork) && isOld(fork) && !connections[fork.service_id])
          .sort(by(({ name }) => name))
      : undefined,
    grace: forks.filter(({ expired_at }) => expired_at !== null).sort(by(({ purge_at }) => purge_at ?? "")),
  };
}

const by =
  (pick: (service: ServiceDto) => string) =>
  (one: ServiceDto, other: ServiceDto): number =>
    pick(one).localeCompare(pick(other), "en");
