import { randomBytes, randomInt, timingSafeEqual } from "node:crypto";

/** Whoever a cancel request can reach. */
export interface Cancelable {
  cancel(): void;
}

interface Entry {
  readonly serviceId: string;
  readonly key: Buffer;
  readonly target: Cancelable;
}

// Positive in the signed 32 bits of BackendKeyData, as a real process id is.
const LARGEST_PROCESS_ID = 0x7fff_ffff;
// Protocol 3.2 has longer keys; 32 bytes is what PostgreSQL 18 sends.
const KEY_BYTES = { old: 4, new: 32 } as const;

/** Which connection a cancel request means. Keys are random; a number alone reaches nobody. */
export class CancelKeys {
  readonly #entries = new Map<number, Entry>();

  /** Gives a connection its number and its key. */
  register(serviceId: string, target: Cancelable, protocolMinor: number): { processId: number; key: Buffer } {
    let processId = randomInt(1, LARGEST_PROCESS_ID);
    while (this.#entries.has(processId)) processId = randomInt(1, LARGEST_PROCESS_ID);
    const key = randomBytes(protocolMinor >= 2 ? KEY_BYTES.new : KEY_BYTES.old);
    this.#entries.set(processId, { serviceId, key, target });
    return { processId, key };
  }

  remove(processId: number): void {
    this.#entries.delete(processId);
  }

  /** The connection of this service with that number and key. */
  find(processId: number, key: Buffer, serviceId: string): Cancelable | undefined {
    const entry = this.#entries.get(processId);
    if (!entry || entry.serviceId !== serviceId || entry.key.length !== key.length) return undefined;
    return timingSafeEqual(entry.key, key) ? entry.target : undefined;
  }
}
