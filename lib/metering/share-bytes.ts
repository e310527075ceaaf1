import type { HeldBytes } from "./meter";

/** The bytes of one log of the block store. */
export interface LogBytes {
  /** The volume that writes it, or wrote it. */
  readonly volumeId: string;
  /** False when that volume is deleted; its log stays for forks. */
  readonly isLiving: boolean;
  /** Head, history, garbage and metadata. */
  readonly ownBytes: number;
  readonly keptForForksBytes: number;
  /** What the volume's files hold, shared or not. */
  readonly logicalBytes: number;
  /** Living volumes that descend through this log, and what of it is kept for each alone. */
  readonly heirs: readonly { readonly volumeId: string; readonly soleBytes: number }[];
}

/** Whose a volume is; volumes without an owner (templates) are the installation's. */
export interface Owner {
  readonly projectId: string;
  readonly serviceId: string;
}

/** The whole disk of the logs, byte by byte. */
export interface SharedOut {
  readonly byService: ReadonlyMap<string, HeldBytes>;
  /** What purged services' logs keep for several forks, or for none any more. */
  readonly keptByProject: ReadonlyMap<string, number>;
  readonly systemBytes: number;
}

/**
 * Says who pays for each byte. A log is its owner's; what is kept in it for one fork alone is that fork's, also when the owner
 * is purged; the rest of what is kept for forks stays with the owner, and with the project once the owner is purged.
 */
export function shareBytes(logs: readonly LogBytes[], ownerOf: (volumeId: string) => Owner | undefined): SharedOut {
  const byService = new Map<string, { written: number; pinned: number; logical: number }>();
  const keptByProject = new Map<string, number>();
  let systemBytes = 0;
  const of = ({ serviceId }: Owner) => {
    const found = byService.get(serviceId) ?? { written: 0, pinned: 0, logical: 0 };
    byService.set(serviceId, found);
    return found;
  };
  for (const log of logs) {
    const owner = log.isLiving ? ownerOf(log.volumeId) : undefined;
    const projectId = owner?.projectId ?? (log.isLiving ? undefined : projectOfHeirs(log, ownerOf));
    if (projectId === undefined) {
      systemBytes += log.ownBytes + log.keptForForksBytes;
      continue;
    }
    let kept = log.keptForForksBytes;
    for (const { volumeId, soleBytes } of log.heirs) {
      const heir = ownerOf(volumeId);
      kept -= soleBytes;
      if (heir) of(heir).pinned += soleBytes;
      else systemBytes += soleBytes;
    }
    if (!owner) keptByProject.set(projectId, (keptByProject.get(projectId) ?? 0) + log.ownBytes + kept);
    else {
      const held = of(owner);
      held.written += log.ownBytes;
      held.pinned += kept;
      held.logical += log.logicalBytes;
    }
  }
  return { byService, keptByProject, systemBytes };
}

/** A log that is left of a purged service has forks of that project as heirs; one that a template descends through is nobody's. */
function projectOfHeirs({ heirs }: LogBytes, ownerOf: (volumeId: string) => Owner | undefined): string | undefined {
  const projects = new Set(heirs.map(({ volumeId }) => ownerOf(volumeId)?.projectId));
  const [projectId] = projects;
  return projects.size === 1 ? projectId : undefined;
}
