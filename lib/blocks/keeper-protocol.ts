import { AppError, type ErrorCode } from "@/lib/std/app-error";
import { VolumeError, type VolumeErrorCode } from "./volume-error";

/** What the engine's thread asks of the keeper's; the names are the keeper's methods. */
export type KeeperRequest =
  | { method: "create"; volumeId: string; nowMicros: number }
  | { method: "fork"; sourceId: string; volumeId: string; nowMicros: number }
  | { method: "delete" | "find" | "openWriter"; volumeId: string }
  | { method: "list" | "close" }
  | { method: "storage"; volumeIds: readonly string[] }
  | { method: "releaseWriter"; logId: number };

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
  if (error instanceof AppError) return { kind: "app", code: error.code, message, stack };
  if (error instanceof VolumeError) return { kind: "volume", code: error.code, message, stack };
  return { kind: "bug", code: "", message, stack };
}

export function fromPortableError(error: PortableError): Error {
  if (error.kind === "app") return new AppError(error.code as ErrorCode, error.message);
  if (error.kind === "volume") return new VolumeError(error.code as VolumeErrorCode, error.message);
  return Object.assign(new Error(error.message), { stack: error.stack });
}
