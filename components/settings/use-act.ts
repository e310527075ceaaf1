"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useToast } from "@/components/ui/toast";
import type { ActionFailure, ActionResult } from "@/lib/client/action-result";
import { attempt } from "@/lib/client/attempt";

export interface Act {
  readonly pending: boolean;
  /** What was wrong with the form's last try. */
  readonly failure: ActionFailure | undefined;
  /** Runs a server action and shows the page anew; a failure stays beside the form. Answers its facts when it worked. */
  submit<Facts extends object>(action: Promise<ActionResult<Facts>>): Promise<Facts | undefined>;
  /** The same for a button in a list: what happened is said in a toast. */
  press(action: Promise<ActionResult>, done: string): Promise<void>;
}

export function useAct(): Act {
  const router = useRouter();
  const toast = useToast();
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<ActionFailure>();

  async function run<Facts extends object>(action: Promise<ActionResult<Facts>>) {
    setPending(true);
    const result = await attempt(action);
    setPending(false);
    if (result.ok) router.refresh();
    return result;
  }

  return {
    pending,
    failure,
    async submit(action) {
      const result = await run(action);
      setFailure(result.ok ? undefined : result);
      return result.ok ? result : undefined;
    },
    async press(action, done) {
      const result = await run(action);
      toast(result.ok ? { message: done } : { message: result.message, failure: true });
    },
  };
}
