"use client";
import { useRef } from "react";
import { Button } from "@/components/ui/button";
import { SectionCard } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { sayReach } from "@/lib/client/history-settings";
import type { HistorySetting } from "@/lib/schemas/history-settings";
import { useHistorySettings } from "./use-history-settings";

/** How far back a service's history reaches, and its snapshots by schedule. */
export function HistorySettingsCard({ serviceId }: { serviceId: string }) {
  const settings = useHistorySettings(serviceId);
  return (
    <SectionCard headingId="history-settings" title="History settings">
      {settings.form ? (
        <SettingsForm settings={settings} />
      ) : settings.error ? (
        <div className="flex flex-wrap items-center gap-3 text-fg-2">
          <p className="min-w-0">The settings are not known right now. {settings.error.message}</p>
          <Button size="sm" onClick={() => settings.refetch()}>
            Try again
          </Button>
        </div>
      ) : (
        <Skeleton className="h-64" />
      )}
    </SectionCard>
  );
}

type Settings = ReturnType<typeof useHistorySettings>;

const FIELDS: readonly { setting: HistorySetting; label: string; hint: string }[] = [
  { setting: "retention_seconds", label: "Window", hint: "Every moment is kept so long: 12h, 7d." },
  {
    setting: "retention_bytes",
    label: "At most",
    hint: "Of history on the disk. Beyond it older moments are thinned, then dropped.",
  },
  { setting: "snapshot_interval_seconds", label: "Snapshot every", hint: "30m, 1h, or never." },
  {
    setting: "snapshots_kept",
    label: "Snapshots kept",
    hint: "Of those by schedule. Yours stay until you delete them.",
  },
];

const fieldId = (setting: HistorySetting) => `field-${setting}`;

function SettingsForm({ settings }: { settings: Settings }) {
  const { reading } = settings;
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        const wrong = settings.submit();
        if (wrong) document.getElementById(fieldId(wrong))?.focus();
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        {FIELDS.map(({ setting, label, hint }) => (
          <Field key={setting} id={fieldId(setting)} label={label} hint={hint} error={settings.findProblem(setting)}>
            {(ids) => (
              <Input
                {...ids}
                className="tabular font-mono"
                value={settings.form?.[setting] ?? ""}
                onChange={(event) => settings.set(setting, event.target.value)}
                autoComplete="off"
                autoCapitalize="off"
                spellCheck={false}
              />
            )}
          </Field>
        ))}
      </div>
      {reading?.ok && <p className="text-fg-3 text-sm">{sayReach(reading.settings)}</p>}
      {settings.refusal && (
        <Notice tone="danger" role="alert">
          {settings.refusal}
        </Notice>
      )}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" pending={settings.pending}>
          Save history settings
        </Button>
        {settings.changed && (
          <Button variant="ghost" onClick={settings.discard}>
            Discard changes
          </Button>
        )}
      </div>
      <Losses settings={settings} />
    </form>
  );
}

/** What goes does not come back, so it is asked; it is said that a wider window later changes nothing about that. */
function Losses({ settings }: { settings: Settings }) {
  const keep = useRef<HTMLButtonElement>(null);
  return (
    <ConfirmDialog
      open={settings.asking}
      onOpenChange={(open) => !open && settings.keep()}
      title="Let older history go?"
      initialFocus={keep}
      actions={
        <>
          <Button ref={keep} onClick={settings.keep}>
            Keep history
          </Button>
          <Button variant="danger" pending={settings.pending} onClick={settings.confirm}>
            Let history go
          </Button>
        </>
      }
    >
      <ul className="flex list-disc flex-col gap-1.5 pl-5 marker:text-fg-3">
        {settings.losses.map((loss) => (
          <li key={loss}>{loss}</li>
        ))}
      </ul>
      <p>
        This cannot be undone: setting it back later keeps more from then on and brings nothing back. Snapshots that you
        took, holds, and forks keep what they have.
      </p>
    </ConfirmDialog>
  );
}
