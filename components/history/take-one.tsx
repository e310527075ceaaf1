"use client";
import { useState } from "react";
import { SectionCard } from "@/components/ui/card";
import { cn } from "@/components/ui/class-names";
import { Field, inputStyle } from "@/components/ui/field";
import { isFork } from "@/lib/client/status";
import type { ServiceDto } from "@/lib/schemas/service";
import { SnapshotProgress, TakeSnapshotButton } from "./take-snapshot";
import { useSnapshotting } from "./use-snapshotting";

const SELECT_ID = "take-snapshot-of";

/** A new snapshot of a service that is chosen here. Nothing is chosen beforehand, unless there is nothing to choose. */
export function TakeOne({ sources }: { sources: readonly ServiceDto[] }) {
  const [chosen, setChosen] = useState(sources.length === 1 ? (sources[0]?.service_id ?? "") : "");
  const [isMissing, setIsMissing] = useState(false);
  const snapshotting = useSnapshotting(chosen);
  async function take() {
    if (chosen) return snapshotting.take();
    setIsMissing(true);
    document.getElementById(SELECT_ID)?.focus();
  }
  const groups = [
    { label: "Services", members: sources.filter((source) => !isFork(source)) },
    { label: "Forks", members: sources.filter(isFork) },
  ].filter(({ members }) => members.length > 0);
  return (
    <SectionCard headingId="take-snapshot" title="Take a snapshot" className="mb-6">
      <div className="flex flex-col gap-3">
        <Field
          id={SELECT_ID}
          label="Service or fork"
          hint="Its newest commit is kept, until you delete the snapshot, and can be forked without replay."
          error={isMissing && !chosen ? "Choose the service to take a snapshot of." : undefined}
        >
          {(ids) => (
            <div className="flex flex-wrap gap-2">
              <select
                {...ids}
                // A select is read-only to CSS, though not to a person.
                className={cn(inputStyle, "w-72 max-w-full read-only:bg-surface-1 read-only:text-fg max-sm:w-full")}
                value={chosen}
                // The steps below are those of one service.
                disabled={snapshotting.pending}
                onChange={(event) => setChosen(event.target.value)}
              >
                <option value="">Choose a service…</option>
                {groups.map(({ label, members }) => (
                  <optgroup key={label} label={label}>
                    {members.map(({ service_id, name }) => (
                      <option key={service_id} value={service_id}>
                        {name}
                      </option>
                    ))}
                  </optgroup>
                ))}
              </select>
              <TakeSnapshotButton snapshotting={{ ...snapshotting, take }} size="md" variant="primary" />
            </div>
          )}
        </Field>
        <SnapshotProgress snapshotting={snapshotting} />
      </div>
    </SectionCard>
  );
}
