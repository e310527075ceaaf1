import type { OperationFailure, Step } from "@/lib/orchestrator";
import type { OperationKind } from "@/lib/schemas/operation";
import { stepsOf } from "@/lib/schemas/operation-steps";
import { AppError } from "@/lib/std/app-error";

/** What a person reads beside FAILED: which step, and why. */
export function explainFailure(kind: OperationKind, { step, message }: OperationFailure): string {
  const title = stepsOf(kind).find(({ name }) => name === step)?.title;
  return title === undefined ? message : `${title} failed: ${message}`;
}

/** A full disk stays full until somebody makes room: said in words, and not tried again. */
export function explainFullDisk(step: Step): Step {
  return async (context) => {
    try {
      return await step(context);
    } catch (cause) {
      if (!isFullDisk(cause)) throw cause;
      throw new AppError("STORAGE_LOW", "The disk is full. Purge what is in Recently deleted, then try again.", {
        cause,
      });
    }
  };
}

// Errors wrap each other on their way out of a worker; more than a few layers is a circle.
const LAYERS_MAX = 8;

function isFullDisk(error: unknown): boolean {
  let layer = error;
  for (let depth = 0; depth < LAYERS_MAX && layer instanceof Error; depth++) {
    if ((layer as { code?: unknown }).code === "ENOSPC") return true;
    layer = layer.cause;
  }
  return false;
}
