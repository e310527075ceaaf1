/** A client of a service, as far as its end depends on it. */
export interface ConnectedClient {
  /** When it last sent something. */
  readonly lastActiveAtMs: number;
  readonly state: "idle" | "active" | "waiting" | "in transaction";
  /** What keeps the backend with it; as far as that is known. */
  readonly pins: readonly string[];
}

/** Who is connected to a service now: only the engine can say. */
export type FindClients = (serviceId: string) => readonly ConnectedClient[];

const RECENT_MS = 300_000;

/** Somebody works with it: in a transaction, with state in its session, or with a statement in the last five minutes. */
export const isConnected = ({ state, pins, lastActiveAtMs }: ConnectedClient, nowMs: number): boolean =>
  state !== "idle" || pins.length > 0 || nowMs - lastActiveAtMs < RECENT_MS;
