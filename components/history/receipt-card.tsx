"use client";
import { TimeChip } from "@/components/shell/time-chip";
import { SectionCard } from "@/components/ui/card";
import { type Fact, Facts } from "@/components/ui/facts";
import { findStrategy } from "@/lib/client/fork-form";
import { sayCount, sayNumber } from "@/lib/client/moment";
import type { ReceiptDto } from "@/lib/schemas/service";

/** What a fork was asked to begin with, and what it began with. */
export function ReceiptCard({ receipt }: { receipt: ReceiptDto }) {
  return (
    <SectionCard headingId="receipt" title="Recovery point">
      <Facts facts={listFacts(receipt)} />
      <p className="mt-3 text-fg-3 text-sm">{sayExactness(receipt)}</p>
    </SectionCard>
  );
}

function listFacts({ fork_strategy, requested_time, commit, commit_time, ...rest }: ReceiptDto): Fact[] {
  return [
    { term: "Strategy", value: findStrategy(fork_strategy)?.title ?? fork_strategy },
    ...(requested_time ? [{ term: "Asked for", value: <TimeChip at={requested_time} exact /> }] : []),
    {
      term: "Last commit in",
      value:
        commit === null || commit_time === null ? (
          "–"
        ) : (
          <>
            <TimeChip at={commit_time} exact />
            <br />
            <span className="text-fg-3">commit {sayNumber(commit)}</span>
          </>
        ),
    },
    {
      term: "First left out",
      value: rest.first_left_out_time ? <TimeChip at={rest.first_left_out_time} exact /> : "none at that time",
    },
    ...(rest.snapshot_id ? [{ term: "Snapshot", value: <span className="font-mono">{rest.snapshot_id}</span> }] : []),
  ];
}

function sayExactness({ exact, moments_missing, commit }: ReceiptDto): string {
  if (commit === null) return "Known once its storage is cloned.";
  if (exact === false)
    return `Not exact: history was thinned at the asked time, and ${sayCount(moments_missing ?? 0, "commit")} before it are not in this fork.`;
  return "Exact: everything up to that commit, nothing after it.";
}
