/** Why a backend ended; `message` is what its clients are told. */
export interface BackendExit {
  readonly message: string;
}

/**
 * Which commit carries the transactions that a part of a backend's output speaks of: those whose end (a COMMIT's
 * CommandComplete, or ReadyForQuery) lies behind `fromBytes` and not behind `outputBytes` of all its output.
 */
export interface Moment {
  readonly fromBytes: number;
  readonly outputBytes: number;
  /** The next end behind `outputBytes` counts as well. */
  readonly isOpen: boolean;
  /** 0: no commit carries them yet (`synchronous_commit=off`); the next moment that has a commit does. */
  readonly commit: number;
  /** When the commit was made, in microseconds since the epoch. */
  readonly micros: number;
}

/** Something that a transaction did which people may want to go back before. */
export interface ServiceEvent {
  readonly kind: "ddl" | "truncate" | "mass_write";
  /** `DELETE flights`, without the name where the statement does not begin with it. Never a part of a literal. */
  readonly what: string;
  /** Rows that a mass write changed. */
  readonly rows: number | undefined;
  /** The first commit that carries it, so the one before is just before it. */
  readonly commit: number;
  readonly micros: number;
  /** Who did it. */
  readonly role: string;
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
  /** Tells of the commits that carry transactions, in order, each before the output that speaks of them. Without it no event is seen. */
  onMoment?(receive: (moment: Moment) => void): void;
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
  /**
   * Whether a client at this address may come in, asked before anything is read of it with `role` undefined (false: nobody may come
   * in from there), once it says who it is, and again before it has a session. Without it everybody may.
   */
  allows?(address: string, role: string | undefined): Promise<boolean>;
  /** A running backend; starts one if need be. Rejects with an AppError whose message the client sees. */
  acquireBackend(): Promise<Backend>;
  /** Why this authenticated role may have no session right now, as a sentence for its client (57P03); undefined lets it in. */
  findObstacle?(role: string): Promise<string | undefined>;
  /** Sessions at once beyond which this role gets none; without an answer as many as the gateway allows any service. */
  findConnectionLimit?(role: string): Promise<number | undefined>;
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
