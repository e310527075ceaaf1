import { findSealed, seal } from "@/lib/std/sealed";

/** A one-time password waits at most this long to be revealed. */
export const SEAL_KEPT_MS = 3_600_000;

/** Seals a one-time password for its service. `key` has 32 bytes. */
export const sealPassword = (key: Uint8Array, serviceId: string, password: string): string =>
  seal(key, serviceId, password);

/** The password, or undefined when the value was sealed with another key, for another service, or was changed. */
export const findSealedPassword = (key: Uint8Array, serviceId: string, sealed: string): string | undefined =>
  findSealed(key, serviceId, sealed);
