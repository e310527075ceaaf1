/**
 * The face of the gateway: Postgres's wire protocol in front of computes. It knows no compute and no database; the runtime
 * hands it, per service, a way to get a running backend and the verifier of its role.
 */

/** Why a backend ended; `message` is what its clients are told. */
export interface BackendExit {
  readonly message: string;
}

/**
 * One Postgres backend as a pair of byte streams, already started: no startup packet, it speaks from ReadyForQuery on.
 * The gateway gives it whole frontend messages or parts of a long CopyData, in order, and reads backend messages.
 */
export interface Backend {
  /** ParameterStatus values at start, such as server_version. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Hands bytes over; resolves when there is room for more, so that a client that is faster than Postgres is slowed down. Rejects when the backend has ended. */
  write(bytes: Uint8Array): Promise<void>;
  /** Receives every chunk of output; a returned promise holds further output back until it resolves. */
  onOutput(receive: (bytes: Uint8Array) => void | Promise<void>): void;
  /** Asks the running query to stop (SQLSTATE 57014); nothing happens when none runs. */
  cancel(): void;
  /** Resolves when the backend has ended, whatever the cause. */
  readonly exited: Promise<BackendExit>;
}

export interface ServiceEndpoint {
  readonly serviceId: string;
  readonly port: number;
  /** Verifier of a role in pg_authid's format, or undefined for an unknown role. */
  findVerifier(role: string): Promise<string | undefined>;
  /** A running backend; starts one if need be. Rejects with an AppError whose message the client sees. */
  acquireBackend(): Promise<Backend>;
}
