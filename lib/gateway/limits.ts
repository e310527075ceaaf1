/** What a gateway allows. Tests pass their own; everything else runs with these. */
export interface GatewayLimits {
  readonly connectionsPerService: number;
  readonly loginsInProgressPerService: number;
  readonly authenticationMs: number;
  readonly waitMs: number;
  readonly idleMs: number;
  readonly orphanMs: number;
  readonly failedLoginsPerMinute: number;
  readonly failedLoginDelayMs: number;
}

export const DEFAULT_LIMITS: GatewayLimits = {
  // PostgreSQL's own default (max_connections). They share one backend, so more would only wait longer.
  connectionsPerService: 100,
  // Sockets that have not logged in cost little, but somebody without a password must not collect them without end.
  loginsInProgressPerService: 200,
  // Half of PostgreSQL's authentication_timeout: no person types a password into the exchange itself.
  authenticationMs: 30_000,
  // Long enough for a big statement of somebody else, short enough that a person learns who holds the backend.
  waitMs: 30_000,
  // A working day: a pool keeps its idle connections, a laptop that was closed on Friday gives its place back.
  idleMs: 8 * 3_600_000,
  // PostgreSQL lets a statement whose client has gone run to its end. Here others wait for it, so it gets a moment.
  orphanMs: 5_000,
  // A person mistypes a few times, a forgotten script fails for ever. Above this every refusal of that address is slow.
  failedLoginsPerMinute: 10,
  // As in PostgreSQL's auth_delay: it takes the point out of guessing and locks nobody out.
  failedLoginDelayMs: 1_000,
};

/** PostgreSQL's MAX_STARTUP_PACKET_LENGTH. */
export const STARTUP_PACKET_BYTES = 10_000;

/** PostgreSQL's PG_MAX_SASL_MESSAGE_LENGTH, and room for the name of the mechanism. */
export const SASL_MESSAGE_BYTES = 1_100;

/** PostgreSQL's PQ_SMALL_MESSAGE_LIMIT: messages of the kinds that are never long. */
export const SMALL_MESSAGE_BYTES = 10_000;

/** PostgreSQL's PQ_LARGE_MESSAGE_LIMIT, MaxAllocSize: what fits into one of its buffers. */
export const LARGE_MESSAGE_BYTES = 0x3fff_ffff;

/** Messages up to this size reach the backend whole; a longer one is passed on in parts and never assembled. */
export const WHOLE_MESSAGE_BYTES = 65_536;

/** An unnamed statement up to this size can be parsed again after another client's turn; a longer one pins its client. */
export const KEPT_STATEMENT_BYTES = 262_144;

/** What the gateway itself keeps of one backend message (an error, a row of its own questions). */
export const KEPT_BODY_BYTES = 65_536;

/** Cycles that one client may have under way at once: the backend never idles, and who comes next need not wait for a long queue. */
export const PIPELINED_CYCLES = 16;

/** A DELETE, UPDATE or MERGE of so many rows is an event; fewer are everyday work of an application. */
export const MASS_ROWS = 1_000;

/** Events that one transaction is told with; a restore in a single one has more, and the first tell enough. */
export const KEPT_DEEDS = 1_000;

/** Of a prepared statement so much is looked at: a name stands at its beginning. */
export const KEPT_HEAD_BYTES = 512;

/** Prepared statements and portals of one client whose first words are kept. */
export const KEPT_NAMES = 1_000;
