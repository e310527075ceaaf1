import type { Place } from "../format";

/** What kind of promise is broken. */
export type FindingKind =
  | "journal"
  | "segment"
  | "frame"
  | "node"
  | "block"
  | "names"
  | "counter"
  | "freed"
  | "ledger"
  | "mark"
  | "index"
  | "stray";

/** Something that is wrong in a store, and where. */
export interface Finding {
  readonly kind: FindingKind;
  /** A sentence. */
  readonly message: string;
  /** The volume that needs what is damaged: the first one met. */
  readonly volumeId?: string | undefined;
  readonly path?: string | undefined;
  readonly block?: number | undefined;
  readonly log?: number | undefined;
  readonly segment?: number | undefined;
  readonly unit?: number | undefined;
}

export const placeOf = ({ log, segment, unit }: Place): Place => ({ log, segment, unit });

/** One line for a person. */
export function describeFinding(finding: Finding): string {
  const { volumeId, path, block, log, segment, unit } = finding;
  const where = [
    volumeId !== undefined && `volume ${volumeId}`,
    path !== undefined && `file ${path}`,
    block !== undefined && `block ${block}`,
    log !== undefined && `log ${log}`,
    segment !== undefined && `segment ${segment}`,
    unit !== undefined && `unit ${unit}`,
  ].filter((part) => part !== false);
  return where.length === 0 ? finding.message : `${finding.message} (${where.join(", ")})`;
}
