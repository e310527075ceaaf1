import type { ActionFailure, ActionResult } from "@/lib/client/action-result";

/** Awaits a server action; a call that never arrived is a failure like any other, with what can be done about it. */
export async function attempt<Facts>(action: Promise<ActionResult<Facts>>): Promise<ActionResult<Facts>> {
  try {
    return await action;
  } catch {
    return UNREACHED;
  }
}

const UNREACHED: ActionFailure = {
  ok: false,
  code: "CONTROL_PLANE",
  message: "The control plane did not answer. Nothing you typed is lost; try again.",
  fix: [],
};
