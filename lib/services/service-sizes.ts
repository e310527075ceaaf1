import { isShared, OFFERED_SIZES, type ServiceSize } from "@/lib/schemas/size";
import { AppError } from "@/lib/std/app-error";

export const DEFAULT_SIZE: ServiceSize = { cpuMillis: 500, memoryGbs: 2 };

/** As a request gives it; text of digits is a number by then. */
export interface SizeRequest {
  readonly cpu_millis?: number | "shared" | undefined;
  readonly memory_gbs?: number | "shared" | undefined;
}

/** The size asked for; one figure alone names the size that has it, none at all means `otherwise`. */
export function chooseSize(request: SizeRequest, otherwise: ServiceSize): ServiceSize {
  if (request.cpu_millis === undefined && request.memory_gbs === undefined) return otherwise;
  const found = OFFERED_SIZES.find(
    (size) => matches(request.cpu_millis, size.cpuMillis, size) && matches(request.memory_gbs, size.memoryGbs, size),
  );
  if (found) return { cpuMillis: found.cpuMillis, memoryGbs: found.memoryGbs };
  throw new AppError("SIZE_NOT_OFFERED", `This size is not offered here. Choose one of ${sayOffered()}.`, {
    field: request.cpu_millis === undefined ? "memory_gbs" : "cpu_millis",
    details: { sizes: OFFERED_SIZES.map((size) => toSpec(size)) },
  });
}

// A zero that somebody typed is no way to ask for the shared size.
function matches(asked: number | "shared" | undefined, figure: number, size: ServiceSize): boolean {
  if (asked === undefined) return true;
  return isShared(size) ? asked === "shared" : asked === figure;
}

function toSpec(size: ServiceSize) {
  return isShared(size)
    ? { cpu_millis: "shared", memory_gbs: "shared" }
    : { cpu_millis: String(size.cpuMillis), memory_gbs: String(size.memoryGbs) };
}

/** For a person: `500 / 2 GB`, `shared`. */
export const saySize = (size: ServiceSize): string =>
  isShared(size) ? "shared" : `${size.cpuMillis} / ${size.memoryGbs} GB`;

const sayOffered = () => OFFERED_SIZES.map(saySize).join(", ");
