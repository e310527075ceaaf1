import type { ForkServiceBody } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { parseMicros } from "@/lib/std/micros";

/** The moment that a fork is asked for, as its request says it. */
export type ForkTarget =
  | { readonly kind: "now" }
  | { readonly kind: "snapshot"; readonly snapshotId: string | undefined }
  | { readonly kind: "time"; readonly micros: number; readonly acceptInexact: boolean }
  | { readonly kind: "event"; readonly eventId: string }
  | { readonly kind: "commit"; readonly commit: number };

const TARGETS = ["target_time", "target_event", "commit"] as const;
type TargetField = (typeof TARGETS)[number] | "snapshot_id" | "accept_inexact";

/** Exactly what the strategy takes, or INVALID_REQUEST: nothing superfluous is ignored, nothing missing is guessed. */
export function readForkTarget(body: ForkServiceBody): ForkTarget {
  switch (body.fork_strategy) {
    case "NOW":
      refuseSuperfluous(body, "A fork of now", [...TARGETS, "snapshot_id", "accept_inexact"]);
      return { kind: "now" };
    case "LAST_SNAPSHOT":
      refuseSuperfluous(body, "A fork of a snapshot", [...TARGETS, "accept_inexact"]);
      return { kind: "snapshot", snapshotId: body.snapshot_id };
    case "PITR":
      refuseSuperfluous(body, "A fork of a moment", ["snapshot_id"]);
      return readMoment(body);
  }
}

function readMoment(body: ForkServiceBody): ForkTarget {
  const [field, ...more] = TARGETS.filter((name) => body[name] !== undefined);
  if (field === undefined)
    throw invalid("A fork of a moment needs target_time, like 2026-11-23T10:00:00.123456Z.", "target_time");
  if (more[0] !== undefined) throw invalid(`Give ${field} or ${more[0]}, not both.`, more[0]);
  if (field !== "target_time") refuseSuperfluous(body, `A fork by ${field}`, ["accept_inexact"]);
  if (body.target_event !== undefined) return { kind: "event", eventId: body.target_event };
  if (body.commit !== undefined) return { kind: "commit", commit: body.commit };
  const micros = readTime(body.target_time ?? "", "target_time");
  return { kind: "time", micros, acceptInexact: body.accept_inexact ?? false };
}

/** Microseconds of a time that somebody wrote, or INVALID_REQUEST. */
export function readTime(text: string, field: string): number {
  const micros = parseMicros(text);
  if (micros !== undefined) return micros;
  throw invalid(
    "That is no time. Write it with its zone and at most six decimals: 2026-11-23T10:00:00.123456Z.",
    field,
  );
}

function refuseSuperfluous(body: ForkServiceBody, what: string, fields: readonly TargetField[]): void {
  const field = fields.find((name) => body[name] !== undefined && body[name] !== false);
  if (field !== undefined) throw invalid(`${what} takes no ${field}. Leave it out.`, field);
}

const invalid = (message: string, field: string): AppError => new AppError("INVALID_REQUEST", message, { field });
