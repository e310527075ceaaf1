"use client";
import { useState } from "react";
import { EnvironmentTag } from "@/components/services/service-tags";
import { FieldError, Input } from "@/components/ui/field";
import { FixButtons } from "@/components/ui/fix-buttons";
import { RadioCard } from "@/components/ui/radio-card";
import type { FieldProblem } from "@/lib/client/fork-form";
import { findForkObstacle, isFork } from "@/lib/client/status";
import type { ServiceDto } from "@/lib/schemas/service";
import { formatBytes } from "@/lib/std/format";

export interface SourcePickerProps {
  sources: readonly ServiceDto[];
  /** Id of the chosen one. */
  chosen: string | undefined;
  onChoose: (source: ServiceDto) => void;
  problem: Pick<FieldProblem, "problem" | "fix"> | undefined;
  onFix: (values: Record<string, string>) => void;
}

// More than these are searched rather than read.
const LISTED_MAX = 6;

/** Services and forks as radio cards, those that cannot be forked last with the reason; searchable when there are many. */
export function SourcePicker({ sources, chosen, onChoose, problem, onFix }: SourcePickerProps) {
  const [q, setQ] = useState("");
  const many = sources.length > LISTED_MAX;
  const word = q.trim().toLowerCase();
  const found = sources.filter(({ name, service_id }) => name.toLowerCase().includes(word) || service_id === chosen);
  const groups = groupSources(found);
  return (
    <div id="field-source" tabIndex={-1} className="flex flex-col gap-3 outline-none">
      {many && (
        <Input
          type="search"
          aria-label="Search sources"
          placeholder={`Search ${sources.length} services and forks…`}
          value={q}
          onChange={(event) => setQ(event.target.value)}
          // Enter here would send the whole form.
          onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
        />
      )}
      <div className={many ? "-m-1 flex max-h-96 flex-col gap-4 overflow-y-auto p-1" : "flex flex-col gap-4"}>
        {groups.map(({ title, members }) => (
          <div key={title} className="flex flex-col gap-2">
            {groups.length > 1 && <p className="font-medium text-fg-3 text-sm">{title}</p>}
            {members.map((source) => (
              <Source
                key={source.service_id}
                source={source}
                checked={source.service_id === chosen}
                onChoose={onChoose}
                invalid={!!problem}
              />
            ))}
          </div>
        ))}
        {groups.length === 0 && (
          <p className="text-fg-2">{word ? `Nothing here is called “${q}”.` : "There is nothing to fork yet."}</p>
        )}
      </div>
      {problem && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <FieldError id="field-source-error">{problem.problem}</FieldError>
          <FixButtons fixes={problem.fix} onSet={onFix} />
        </div>
      )}
    </div>
  );
}

interface Group {
  readonly title: string;
  readonly members: readonly ServiceDto[];
}

function groupSources(sources: readonly ServiceDto[]): Group[] {
  const can = sources.filter((source) => !findForkObstacle(source));
  const groups = [
    { title: "Services", members: can.filter((source) => !isFork(source)) },
    { title: "Forks", members: can.filter(isFork) },
    { title: "Not now", members: sources.filter((source) => findForkObstacle(source)) },
  ];
  return groups.filter(({ members }) => members.length > 0);
}

interface SourceProps {
  source: ServiceDto;
  checked: boolean;
  invalid: boolean;
  onChoose: (source: ServiceDto) => void;
}

function Source({ source, checked, invalid, onChoose }: SourceProps) {
  const obstacle = findForkObstacle(source);
  return (
    <RadioCard
      name="source"
      value={source.service_id}
      checked={checked}
      onChange={() => onChoose(source)}
      aria-invalid={invalid || undefined}
      aria-describedby={invalid ? "field-source-error" : undefined}
      quiet={obstacle !== undefined}
      className={source.metadata.environment === "PROD" ? "border-l-4 border-l-danger has-checked:border-l-danger" : ""}
      title={
        <>
          <span className="min-w-0 break-words">{source.name}</span>
          <EnvironmentTag service={source} />
          <span className="ml-auto flex flex-wrap gap-x-4 font-normal text-fg-3 text-sm">
            {source.forked_from && <span>fork of {source.forked_from.name}</span>}
            <span className="max-sm:hidden">{source.image.label}</span>
            {source.storage && <span className="tabular font-mono">{formatBytes(source.storage.logical_bytes)}</span>}
          </span>
        </>
      }
    >
      {obstacle && <span className="text-fg-2 text-sm">{obstacle}</span>}
    </RadioCard>
  );
}
