import type { ServiceDto } from "@/lib/schemas/service";
import type { Fix } from "@/lib/std/app-error";
import { findForkObstacle } from "./status";

/** What a named source is looked for among. */
export interface KnownServices {
  readonly services: readonly ServiceDto[];
  /** Recently deleted, newest deletion first. */
  readonly bin: readonly ServiceDto[];
}

export interface SourceProblem {
  readonly problem: string;
  readonly fix: readonly Fix[];
}

/** The source that a state names, by name or id. */
export function findSource(services: readonly ServiceDto[], source: string): ServiceDto | undefined {
  return services.find(({ name }) => name === source) ?? services.find(({ service_id }) => service_id === source);
}

/** Why what is named cannot be forked, and what became of it where it is not there any more. */
export function findSourceProblem(asked: string, known: KnownServices): SourceProblem | undefined {
  const source = findSource(known.services, asked);
  const obstacle = source && findForkObstacle(source);
  if (obstacle) return { problem: obstacle, fix: [] };
  if (source) return undefined;
  if (!asked) return { problem: "Choose the service to fork.", fix: [] };
  return sayDeleted(asked, known.bin) ?? sayPurged(asked, known.services) ?? sayUnknown(asked);
}

function sayDeleted(asked: string, bin: readonly ServiceDto[]): SourceProblem | undefined {
  // The newest of that name: one that was deleted before it had given the name back.
  const deleted = findSource(bin, asked);
  if (!deleted) return undefined;
  const { name, progress } = deleted;
  if (progress?.operation === "purge")
    return { problem: `${name} is being purged and cannot come back. Choose another source.`, fix: [] };
  return {
    problem: `${name} was deleted and is in Recently deleted. Restore it to fork it, or choose another source.`,
    fix: [{ label: "Restore it in Recently deleted", href: "/bin" }],
  };
}

const FORKS_OFFERED = 3;

/** What was purged is known by the forks that it left behind. */
function sayPurged(asked: string, services: readonly ServiceDto[]): SourceProblem | undefined {
  const left = services.filter(
    ({ forked_from }) => forked_from?.deleted && [forked_from.name, forked_from.service_id].includes(asked),
  );
  const name = left[0]?.forked_from?.name;
  if (name === undefined) return undefined;
  const offered = left.filter((fork) => !findForkObstacle(fork)).slice(0, FORKS_OFFERED);
  return {
    problem: `${name} was purged. Its forks keep all their data: choose one of them, or another source.`,
    fix: offered.map((fork) => ({ label: `Use ${fork.name}`, set: { source: fork.name } })),
  };
}

const sayUnknown = (asked: string): SourceProblem => ({
  problem: `No service here is called “${asked}”. If it was deleted, it has been purged since. Choose one of these.`,
  fix: [],
});
