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
  | "point"
  | "index";

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

/** One line for a person. */
export function describeFinding(finding: Finding): string {
  const { volumeId, path, block, log, segment, unit } = finding;
  const parts = { volume: volumeId, file: path, block, log, segment, unit };
  const where = Object.entries(parts).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
  return where.length === 0 ? finding.message : `${finding.message} (${where.join(", ")})`;
}
