/**
 * Expected failures, as one closed list. Each code has its HTTP status here; the sentence a person reads is the
 * error's message, written where the facts are known. Spelling is the public API's (api.md section 1, ux.md section 5).
 */
export const HTTP_STATUS = {
  INVALID_REQUEST: 400,
  UNKNOWN_FIELD: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  FORK_PROD_DENIED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NAME_TAKEN: 409,
  SOURCE_BUSY: 409,
  CONFLICT: 409,
  EXPIRED: 409,
  PROTECTED: 409,
  HAS_CHILDREN: 409,
  QUOTA: 409,
  IDEMPOTENCY_CONFLICT: 409,
  WINDOW_MOVED: 409,
  GONE: 410,
  PAYLOAD_TOO_LARGE: 413,
  NOT_OFFERED: 422,
  SIZE_NOT_OFFERED: 422,
  NO_SNAPSHOT: 422,
  TTL_TOO_SHORT: 422,
  TTL_TOO_LONG: 422,
  TTL_REQUIRED: 422,
  TARGET_OUTSIDE_WAL_WINDOW: 422,
  TARGET_IN_WAL_GAP: 422,
  TARGET_THINNED: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  FORK_FAILED: 500,
  CONTROL_PLANE: 503,
  PORTS_EXHAUSTED: 503,
  STORAGE_LOW: 507,
} as const;

export type ErrorCode = keyof typeof HTTP_STATUS;

/** One way out of a failure: what the button says and what it sets or opens. */
export interface Fix {
  label: string;
  /** Values to put into the form, or undefined when the fix is a link. */
  set?: Record<string, string>;
  href?: string;
}

export interface AppErrorOptions {
  /** Machine-readable facts: `{earliest, latest}`, `{suggestion}`. */
  details?: Record<string, unknown>;
  /** Field of the request that is at fault, for forms. */
  field?: string;
  fix?: Fix[];
  cause?: unknown;
}

/** An expected failure. `message` is a sentence that says what happened, why, and what to do. */
export class AppError extends Error {
  override name = "AppError";
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;
  readonly field: string | undefined;
  readonly fix: Fix[];

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.field = options.field;
    this.fix = options.fix ?? [];
  }

  get status(): number {
    return HTTP_STATUS[this.code];
  }
}
