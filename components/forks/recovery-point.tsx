"use client";
import { MomentPicker } from "@/components/history/moment-picker";
import { SnapshotChoice } from "@/components/history/snapshot-choice";
import { StrategyCards } from "./strategy-cards";
import type { useForkForm } from "./use-fork-form";

/** Which moment of the source the fork begins with. What was typed stays while another strategy is looked at. */
export function RecoveryPoint({ form, frozen }: { form: ReturnType<typeof useForkForm>; frozen: boolean }) {
  const { state, source, history } = form;
  return (
    <>
      <StrategyCards
        chosen={state.strategy}
        onChoose={(strategy) => {
          form.set({ strategy });
          form.leave("strategy");
        }}
        problem={form.findProblem("strategy")}
        onFix={form.fix}
        frozen={frozen}
        window={history.window}
      />
      {state.strategy === "LAST_SNAPSHOT" && !frozen && (
        <SnapshotChoice
          source={source}
          history={history}
          chosen={state.snapshot}
          onChoose={(snapshot) => {
            form.set({ snapshot });
            // Should it be deleted while it stands here, that is said at once.
            form.leave("snapshot");
          }}
          problem={form.findProblem("snapshot")}
          onFix={form.fix}
        />
      )}
      {state.strategy === "PITR" && !frozen && (
        <MomentPicker
          serviceId={source?.service_id}
          state={state}
          history={history}
          onSet={form.set}
          onLeave={() => form.leave("moment")}
          problem={form.findProblem("moment")}
          onFix={form.fix}
        />
      )}
    </>
  );
}
