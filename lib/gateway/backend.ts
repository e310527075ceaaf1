/** Why a backend ended; `message` is what its clients are told. */
export interface BackendExit {
  readonly message: string;
}

/**
 * One Postgres backend as a pair of byte streams, already started: no startup packet, it speaks from ReadyForQuery on.
 * The gateway gives it whole frontend messages or parts of a long one (over 64 KiB: CopyData, Query, Parse, Bind,
 * FunctionCall), in order, and reads backend messages. Never a Terminate.
 */
export interface Backend {
  /** ParameterStatus values at start, such as server_version. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Hands bytes over; resolves when there is room for more, so that a client that is faster than Postgres is slowed down. Rejects when the backend has ended. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Receives every chunk of output; a returned promise holds further output back until it resolves. The receiver keeps
   * the chunk: its memory must not be used again.
   */
  onOutput(receive: (bytes: Uint8Array) => void | Promise<void>): void;
  /** Asks the running query to stop (SQLSTATE 57014); nothing happens when none runs. */
  cancel(): void;
  /** Resolves when the backend has ended, whatever the cause. */
  readonly exited: Promise<BackendExit>;
}

/** A service as the gateway needs it: where to listen, who may come in, and how to get its backend. */
export interface ServiceEndpoint {
  readonly serviceId: string;
  readonly port: number;
  /** Verifier of a role in pg_authid's format, or undefined for an unknown role. */
  findVerifier(role: string): Promise<string | undefined>;
  /** A running backend; starts one if need be. Rejects with an AppError whose message the client sees. */
  acquireBackend(): Promise<Backend>;
  /** Why this authenticated role may have no session right now, as a sentence for its client (57P03); undefined lets it in. */
  findObstacle?(role: string): Promise<string | undefined>;
}

/** One client of a service, for the console and for whoever decides whether somebody is still there. */
export interface ClientInfo {
  readonly role: string;
  readonly application: string;
  readonly address: string;
  readonly connectedAtMs: number;
  /** When it last sent something. */
  readonly lastActiveAtMs: number;
  readonly state: "idle" | "active" | "waiting" | "in transaction";
  /** What keeps the backend with it, in words; known only while somebody waits. */
  readonly pins: readonly string[];
}
