import { AppError, type ErrorCode } from "@/lib/std/app-error";
import { VolumeError, type VolumeErrorCode } from "../volume-error";
import type { KeeperService } from "./keeper-service";

/** What the engine's thread may ask of the keeper's. */
export type KeeperMethod = keyof KeeperService;
export type KeeperRequest = {
  [Method in KeeperMethod]: { readonly method: Method; readonly args: Parameters<KeeperService[Method]> };
}[KeeperMethod];

export interface KeeperMessage {
  readonly id: number;
  readonly request: KeeperRequest;
}

/** An error in a form that survives the way between threads. */
export interface PortableError {
  readonly kind: "app" | "volume" | "bug";
  readonly code: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly details: Record<string, unknown> | undefined;
}

export type KeeperReply =
  | { id: number; result: unknown }
  | { id: number; error: PortableError }
  | { log: "debug" | "info" | "warn" | "error"; fields: object; message: string }
  | { collected: true }
  | { opened: true }
  | { openFailed: PortableError };

export function toPortableError(error: unknown): PortableError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const details = error instanceof AppError ? error.details : undefined;
  if (error instanceof AppError) return { kind: "app", code: error.code, message, stack, details };
  if (error instanceof VolumeError) return { kind: "volume", code: error.code, message, stack, details };
  return { kind: "bug", code: "", message, stack, details };
}

export function fromPortableError(error: PortableError): Error {
  if (error.kind === "app") {
    const options = error.details ? { details: error.details } : {};
    return new AppError(error.code as ErrorCode, error.message, options);
  }
  if (error.kind === "volume") return new VolumeError(error.code as VolumeErrorCode, error.message);
  return Object.assign(new Error(error.message), { stack: error.stack });
}
