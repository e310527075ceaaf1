"use client";
import { ScrollText } from "lucide-react";
import { Ago, TimeChip } from "@/components/shell/time-chip";
import { ButtonLink } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { PageHeader } from "@/components/ui/page-header";
import type { ActionResult } from "@/lib/client/action-result";
import { activityHref, listChangedFields, sayOrigin } from "@/lib/client/activity";
import type { AuditEntryDto, AuditPageDto } from "@/lib/schemas/audit";
import { ActivityFilter } from "./activity-filter";
import { ChainCheck } from "./chain-check";

export interface ActivityScreenProps extends AuditPageDto {
  /** As the address has it. */
  filter: Readonly<Record<string, string>>;
  check: () => Promise<ActionResult<{ sentence: string; isWhole: boolean }>>;
}

/** Who did what, newest first. */
export function ActivityScreen({ entries, next, filter, check }: ActivityScreenProps) {
  return (
    <>
      <PageHeader
        title="Activity"
        summary="Who did what, when and from where. Entries are chained: one that was changed or removed shows."
        actions={<ChainCheck check={check} />}
      />
      <ActivityFilter filter={filter} />
      {entries.length === 0 ? (
        <EmptyState icon={<ScrollText size={32} aria-hidden />} title="No activity in this range">
          Choose a wider range, or less of a filter.
        </EmptyState>
      ) : (
        <Card>
          <ol aria-label="Activity" className="divide-y divide-border">
            {entries.map((entry) => (
              <Entry key={entry.seq} entry={entry} />
            ))}
          </ol>
        </Card>
      )}
      <div className="mt-4 flex gap-2">
        {filter.before && <ButtonLink href={activityHref(filter, { before: "" })}>Newest</ButtonLink>}
        {next !== null && <ButtonLink href={activityHref(filter, { before: String(next) })}>Older</ButtonLink>}
      </div>
    </>
  );
}

function Entry({ entry }: { entry: AuditEntryDto }) {
  const { seq, at, actor, action, object } = entry;
  const fields = listChangedFields(entry);
  return (
    <li className="flex flex-col gap-1.5 px-4 py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <div className="min-w-0 break-words">
          <span className="font-medium">{actor.name}</span> <code className="font-mono text-sm">{action}</code>{" "}
          <span className="text-fg-2">
            {object.type} {object.name ?? object.id}
          </span>
        </div>
        <div className="text-fg-3 text-sm">
          <TimeChip at={at} seconds /> · <Ago at={at} />
        </div>
      </div>
      <div className="text-fg-3 text-sm">
        No. {seq} · {sayOrigin(actor)}
      </div>
      {fields.length > 0 && (
        <details className="text-sm">
          <summary className="cursor-pointer text-fg-2">
            {fields.length} {fields.length === 1 ? "field" : "fields"}
          </summary>
          <dl className="mt-2 grid gap-x-4 gap-y-1 sm:grid-cols-[180px_minmax(0,1fr)]">
            {fields.map(({ name, before, after }) => (
              <div key={name} className="contents">
                <dt className="text-fg-3">{name}</dt>
                <dd className="break-words">
                  {before !== null && <del className="text-fg-3">{before}</del>}
                  {before !== null && after !== null && " → "}
                  {after !== null && <ins className="no-underline">{after}</ins>}
                  {before === null && after === null && "–"}
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </li>
  );
}
