"use client";
import { ShieldAlert, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import type { ActionResult } from "@/lib/client/action-result";
import { attempt } from "@/lib/client/attempt";

type Check = () => Promise<ActionResult<{ sentence: string; isWhole: boolean }>>;

/** Reads the whole chain and says whether it is. */
export function ChainCheck({ check }: { check: Check }) {
  const [pending, setPending] = useState(false);
  const [said, setSaid] = useState<{ sentence: string; isWhole: boolean }>();

  async function press() {
    setPending(true);
    const result = await attempt(check());
    setPending(false);
    setSaid(result.ok ? result : { sentence: result.message, isWhole: false });
  }

  const Icon = said && !said.isWhole ? ShieldAlert : ShieldCheck;
  return (
    <div className="flex flex-wrap items-center gap-3">
      <p role="status" className={said && !said.isWhole ? "text-danger" : "text-fg-2"}>
        {said && (
          <span className="inline-flex items-center gap-1.5">
            <Icon size={16} aria-hidden /> {said.sentence}
          </span>
        )}
      </p>
      <Button pending={pending} onClick={press}>
        Verify the chain
      </Button>
    </div>
  );
}
