"use client";
import { useQuery } from "@tanstack/react-query";
import { TimeChip } from "@/components/shell/time-chip";
import { SectionCard } from "@/components/ui/card";
import { type Fact, Facts } from "@/components/ui/facts";
import { findSnapshot, findStrategy } from "@/lib/client/fork-form";
import { windowQuery } from "@/lib/client/history";
import { sayCount, sayNumber } from "@/lib/client/moment";
import type { ReceiptDto, ServiceDto } from "@/lib/schemas/service";

export interface ReceiptCardProps {
  receipt: ReceiptDto;
  /** What it was forked from. */
  source: ServiceDto["forked_from"];
}

/** What a fork was asked to begin with, and what it began with. */
export function ReceiptCard({ receipt, source }: ReceiptCardProps) {
  return (
    <SectionCard headingId="receipt" title="Recovery point">
      <Facts facts={listFacts(receipt, source)} />
      <p className="mt-3 text-fg-3 text-sm">{sayExactness(receipt)}</p>
    </SectionCard>
  );
}

function listFacts(receipt: ReceiptDto, source: ServiceDto["forked_from"]): Fact[] {
  const { fork_strategy, requested_time, commit, commit_time, ...rest } = receipt;
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
    ...(rest.snapshot_id ? [{ term: "Snapshot", value: <SnapshotName id={rest.snapshot_id} source={source} /> }] : []),
  ];
}

/** As it is called where it was taken; the fork needs nothing of it, so it may be gone. */
function SnapshotName({ id, source }: { id: string; source: ServiceDto["forked_from"] }) {
  const isThere = source !== null && !source.deleted;
  const { data } = useQuery({ ...windowQuery(source?.service_id ?? ""), enabled: isThere });
  const name = findSnapshot(id, data?.window.snapshots)?.name;
  if (name !== undefined) return name;
  return (
    <>
      <span className="font-mono">{id}</span>
      {data && <span className="text-fg-3"> (deleted since)</span>}
      {!isThere && <span className="text-fg-3"> (of a deleted service)</span>}
    </>
  );
}

function sayExactness({ exact, moments_missing, commit }: ReceiptDto): string {
  if (commit === null) return "Known once its storage is cloned.";
  if (exact === false)
    return `Not exact: history was thinned at the asked time, and up to ${sayCount(moments_missing ?? 0, "commit")} before it are not in this fork.`;
  return "Exact: everything up to that commit, nothing after it.";
}
