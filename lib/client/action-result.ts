import type { ErrorCode, Fix } from "@/lib/std/app-error";

/** What a server action answers when it refused: the same facts as the API's error, for the place where the person is. */
export interface ActionFailure {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly message: string;
  /** Field of the form that is at fault. */
  readonly field?: string | undefined;
  readonly fix: readonly Fix[];
}

export type ActionResult<Facts = object> = ({ readonly ok: true } & Facts) | ActionFailure;
