/** Millicores and GB of memory. Zero and zero is the shared size: whatever the machine has left. */
export interface ServiceSize {
  readonly cpuMillis: number;
  readonly memoryGbs: number;
}

/** What a size really gives. Every compute has one thread and at most 2 GiB, so sizes are classes of limits, and of price. */
export interface SizeLimits {
  /** Sessions at once; they share one backend. */
  readonly connections: number;
  readonly workMemKb: number;
  readonly maintenanceWorkMemKb: number;
}

export interface OfferedSize extends ServiceSize, SizeLimits {}

/** What this engine offers, smallest first (api.md section 1). */
export const OFFERED_SIZES: readonly OfferedSize[] = [
  { cpuMillis: 0, memoryGbs: 0, connections: 20, workMemKb: 2_048, maintenanceWorkMemKb: 16_384 },
  { cpuMillis: 500, memoryGbs: 2, connections: 50, workMemKb: 4_096, maintenanceWorkMemKb: 32_768 },
  { cpuMillis: 1000, memoryGbs: 4, connections: 100, workMemKb: 8_192, maintenanceWorkMemKb: 65_536 },
  { cpuMillis: 2000, memoryGbs: 8, connections: 200, workMemKb: 16_384, maintenanceWorkMemKb: 131_072 },
];

export const isShared = ({ cpuMillis }: ServiceSize): boolean => cpuMillis === 0;

/** Of a size that is offered, or was: then of the largest one that is. */
export const limitsOf = ({ cpuMillis }: ServiceSize): SizeLimits =>
  OFFERED_SIZES.find((size) => size.cpuMillis >= cpuMillis) ?? (OFFERED_SIZES.at(-1) as OfferedSize);

/** As text: `500/2`, `shared`. */
export const nameSize = (size: ServiceSize): string =>
  isShared(size) ? "shared" : `${size.cpuMillis}/${size.memoryGbs}`;
