import type { ResetBody, ServiceDto } from "@/lib/schemas/service";
import { isShared, limitsOf, nameSize, OFFERED_SIZES, type ServiceSize } from "@/lib/schemas/size";
import { formatBytes } from "@/lib/std/format";
import { hasExpired, isListed } from "./status";
import { readTargetTime } from "./target-time";

/** What a person can do with a service as it is now. */
export type ChangeKind = "pause" | "start" | "resize" | "rename" | "reset";

export function listChanges(service: ServiceDto): ChangeKind[] {
  if (!isListed(service) || service.status === "FAILED") return [];
  if (hasExpired(service)) return ["rename"];
  if (service.status === "PAUSED") return ["start", "resize", "rename", "reset"];
  const isServed = service.status === "READY" || service.status === "UNSTABLE";
  return isServed ? ["pause", "resize", "rename", "reset"] : ["rename"];
}

export interface SizeChoice {
  /** `500/2`. */
  readonly value: string;
  readonly label: string;
  /** What it really gives. */
  readonly gives: string;
  readonly body: { readonly cpu_millis: number | "shared"; readonly memory_gbs: number | "shared" };
}

/** All sizes that are offered, with what each changes. */
export const SIZE_CHOICES: readonly SizeChoice[] = OFFERED_SIZES.map((size) => ({
  value: nameSize(size),
  label: sayCpus(size),
  gives: sayGives(size),
  body: isShared(size)
    ? { cpu_millis: "shared", memory_gbs: "shared" }
    : { cpu_millis: size.cpuMillis, memory_gbs: size.memoryGbs },
}));

export function findSize(service: ServiceDto): string | undefined {
  const spec = service.resources[0]?.spec;
  return spec && nameSize({ cpuMillis: spec.cpu_millis, memoryGbs: spec.memory_gbs });
}

export function sayCpus(size: ServiceSize): string {
  return isShared(size) ? "Shared" : `${size.cpuMillis / 1000} CPU, ${size.memoryGbs} GB`;
}

function sayGives(size: ServiceSize): string {
  const { connections, workMemKb } = limitsOf(size);
  return `${connections} sessions, ${formatBytes(workMemKb * 1024)} for each sort`;
}

/** The moment that a reset goes back to, as it is chosen. */
export type ResetChoice = "moment" | "base" | "undo";

export function listResetChoices({ forked_from, reset_undo_until }: ServiceDto): ResetChoice[] {
  return ["moment", ...(forked_from ? (["base"] as const) : []), ...(reset_undo_until ? (["undo"] as const) : [])];
}

export type ResetReading =
  | { readonly ok: true; readonly body: ResetBody }
  | { readonly ok: false; readonly problem: string };

export function readReset(choice: ResetChoice, text: string): ResetReading {
  if (choice === "base") return { ok: true, body: { base: true } };
  if (choice === "undo") return { ok: true, body: { undo: true } };
  if (text.trim() === "") return { ok: false, problem: "Type the moment to go back to." };
  const reading = readTargetTime(text);
  if (!reading.ok) return { ok: false, problem: reading.problem };
  return { ok: true, body: { fork_strategy: "PITR", target_time: reading.time } };
}
