"use client";
import { ExactTime } from "@/components/shell/exact-time";
import { Ago } from "@/components/shell/time-chip";
import { cn } from "@/components/ui/class-names";
import { FieldError } from "@/components/ui/field";
import { FixButtons } from "@/components/ui/fix-buttons";
import { Skeleton } from "@/components/ui/skeleton";
import { Tag } from "@/components/ui/tag";
import { type FieldProblem, findSnapshot } from "@/lib/client/fork-form";
import { sayCount } from "@/lib/client/moment";
import { SNAPSHOT_WORDS } from "@/lib/client/snapshots";
import type { SnapshotDto } from "@/lib/schemas/history";
import type { ServiceDto } from "@/lib/schemas/service";
import { SnapshotProgress, TakeSnapshotButton } from "./take-snapshot";
import { useSnapshotting } from "./use-snapshotting";
import type { SourceHistory } from "./use-source-history";

export interface SnapshotChoiceProps {
  source: ServiceDto | undefined;
  history: SourceHistory;
  /** Id of the chosen one; empty for the newest. */
  chosen: string;
  onChoose: (snapshot: string) => void;
  problem: Pick<FieldProblem, "problem" | "fix"> | undefined;
  onFix: (values: Record<string, string>) => void;
}

/** Which snapshot the fork is made of: the newest unless another one is chosen, or one that is taken now. */
export function SnapshotChoice({ source, history, chosen, onChoose, problem, onFix }: SnapshotChoiceProps) {
  const { window, error } = history;
  const snapshotting = useSnapshotting(source?.service_id ?? "", onChoose);
  if (!source) return null;
  return (
    <div id="field-snapshot" tabIndex={-1} className="flex flex-col gap-3 border-border border-t pt-4 outline-none">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p id="which-snapshot" className="font-medium">
          Snapshot
        </p>
        <TakeSnapshotButton snapshotting={snapshotting} />
      </div>
      <SnapshotProgress snapshotting={snapshotting} />
      {problem && (
        <div className="flex flex-wrap items-center gap-3">
          <FieldError id="field-snapshot-error">{problem.problem}</FieldError>
          <FixButtons fixes={problem.fix} onSet={onFix} />
        </div>
      )}
      {window?.snapshots.length === 0 ? (
        !problem && <p className="text-fg-2">{source.name} has no snapshot yet.</p>
      ) : window ? (
        <Choices snapshots={window.snapshots} chosen={chosen} onChoose={onChoose} />
      ) : error ? (
        <p className="text-fg-2">
          The snapshots cannot be listed right now. {error.message} The fork will be made of{" "}
          {chosen ? "the one that you chose" : "the newest one"}.
        </p>
      ) : (
        <Skeleton className="h-24 rounded-md" />
      )}
    </div>
  );
}

interface ChoicesProps {
  snapshots: readonly SnapshotDto[];
  chosen: string;
  onChoose: (snapshot: string) => void;
}

function Choices({ snapshots, chosen, onChoose }: ChoicesProps) {
  const current = findSnapshot(chosen, snapshots)?.id;
  return (
    <div role="radiogroup" aria-labelledby="which-snapshot">
      <ul className="max-h-64 divide-y divide-border overflow-y-auto rounded-md border border-border-strong">
        {snapshots.map((snapshot, index) => (
          <li key={snapshot.id}>
            <Choice
              snapshot={snapshot}
              newest={index === 0}
              checked={snapshot.id === current}
              onChoose={() => onChoose(snapshot.id)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

interface ChoiceProps {
  snapshot: SnapshotDto;
  newest: boolean;
  checked: boolean;
  onChoose: () => void;
}

function Choice({ snapshot, newest, checked, onChoose }: ChoiceProps) {
  const { id, name, kind, time, taken_time, forks } = snapshot;
  return (
    <label
      className={cn(
        "touch-target flex cursor-pointer items-start gap-3 px-3 py-2 transition-colors duration-100 hover:bg-surface-2",
        "has-checked:bg-accent/6 has-focus-visible:-outline-offset-2 has-focus-visible:outline-2 has-focus-visible:outline-focus",
        "has-disabled:cursor-default",
      )}
    >
      <input type="radio" name="snapshot" value={id} checked={checked} onChange={onChoose} className="radio mt-0.5" />
      <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-3 gap-y-0.5">
        <span className="min-w-0 break-words font-medium">{name}</span>
        <span className="inline-flex gap-1.5">
          <Tag>{SNAPSHOT_WORDS[kind]}</Tag>
          {newest && <Tag tone="accent">Newest</Tag>}
        </span>
        {forks > 0 && <span className="text-fg-3 text-sm">{sayCount(forks, "fork")}</span>}
        <span className="tabular ml-auto text-fg-3 text-sm max-sm:ml-0">
          data as of <ExactTime at={time} /> · taken <Ago at={taken_time} />
        </span>
      </span>
    </label>
  );
}
