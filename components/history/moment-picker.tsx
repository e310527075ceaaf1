"use client";
import { useEffect } from "react";
import { useAnnounce } from "@/components/ui/announcer";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { FixButtons } from "@/components/ui/fix-buttons";
import { Notice } from "@/components/ui/notice";
import { atTime, beforeEvent, type FieldProblem, type ForkFormState } from "@/lib/client/fork-form";
import { sayLeftOut, sayNumber } from "@/lib/client/moment";
import type { ResolveDto } from "@/lib/schemas/history";
import { CommitStrip } from "./commit-strip";
import { EventChoice } from "./event-choice";
import { MomentReadout } from "./moment-readout";
import type { Resolution } from "./use-resolution";
import type { SourceHistory } from "./use-source-history";
import { WindowEnds } from "./window-ends";

export interface MomentPickerProps {
  serviceId: string | undefined;
  state: ForkFormState;
  history: SourceHistory;
  onSet: (values: Partial<ForkFormState>) => void;
  onLeave: () => void;
  problem: Pick<FieldProblem, "problem" | "fix"> | undefined;
  onFix: (values: Record<string, string>) => void;
}

/** Any moment of the window: typed, pasted, or just before something that happened; and which commit that is. */
export function MomentPicker({ serviceId, state, history, onSet, onLeave, problem, onFix }: MomentPickerProps) {
  const { window, error, resolution } = history;
  const { resolved, heldCommit } = resolution;
  const named = state.event !== "" || state.commit !== "";
  useSaidResolution(resolved);
  return (
    <div className="flex flex-col gap-4 border-border border-t pt-4">
      <Field
        id="field-moment"
        label="Moment (UTC)"
        error={problem?.problem}
        fix={problem && <FixButtons fixes={problem.fix} onSet={onFix} />}
        hint="Such as 2026-04-12T17:29:58.114Z or 2026-04-12 17:29:58.114, microseconds included. Without an offset it is read as UTC."
      >
        {(ids) => (
          <Input
            {...ids}
            value={named ? (resolved?.time ?? "") : state.at}
            onChange={(event) => onSet(atTime(event.target.value))}
            onBlur={onLeave}
            onPaste={onLeave}
            placeholder={sayPlaceholder(named, resolution)}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            className="font-mono"
          />
        )}
      </Field>
      {named && state.at !== "" && (
        <Button size="sm" className="self-start" onClick={() => onSet(atTime(state.at))}>
          Back to {state.at}
        </Button>
      )}
      <MomentReadout serviceId={serviceId} state={state} resolution={resolution} />
      {heldCommit !== undefined && (
        <Notice tone="warn">
          This moment has left the window. It is held for you as commit {sayNumber(heldCommit)} and can still be forked.
        </Notice>
      )}
      {error && (
        <p className="text-fg-2">
          {window ? "The window is not being read right now." : "The window is not known right now."} You can still type
          a time.
        </p>
      )}
      {serviceId && (
        <>
          <div className="flex flex-col gap-2">
            <CommitStrip serviceId={serviceId} at={resolved?.time} />
            {window && <WindowEnds window={window} onChoose={(time) => onSet(atTime(time))} />}
          </div>
          <EventChoice serviceId={serviceId} chosen={state.event} onChoose={(event) => onSet(beforeEvent(event))} />
        </>
      )}
    </div>
  );
}

function sayPlaceholder(named: boolean, { looking }: Resolution): string {
  if (!named) return "2026-04-12 17:29:58.114";
  return looking ? "Looking for the commit…" : "";
}

/** Said once for each commit that is found, not each time it is looked up. */
function useSaidResolution(resolved: ResolveDto | undefined): void {
  const announce = useAnnounce();
  const commit = resolved?.commit;
  const leftOut = resolved && sayLeftOut(resolved);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the count goes on while the commit stays
  useEffect(() => {
    if (commit !== undefined) announce(`Commit ${sayNumber(commit)} will be the last one in. ${leftOut}`);
  }, [commit, announce]);
}
