"use client";
import { useState } from "react";
import { useNowMinute, useZone } from "@/components/shell/clock";
import { Field, FieldError, Input } from "@/components/ui/field";
import { FixButtons } from "@/components/ui/fix-buttons";
import { Segmented } from "@/components/ui/segmented";
import type { FieldProblem } from "@/lib/client/fork-form";
import { LIFETIME_PRESETS, type LifetimeLimits, readLifetime, sayLength } from "@/lib/client/lifetime";
import { formatFull, formatMoment, formatZone, UTC } from "@/lib/client/time";
import { findDurationSeconds, formatDuration } from "@/lib/std/format";

export interface LifetimeFieldProps {
  text: string;
  onText: (text: string) => void;
  onLeave: () => void;
  limits: LifetimeLimits;
  /** How long an ended fork can be restored. */
  graceSeconds: number;
  problem: Pick<FieldProblem, "problem" | "fix"> | undefined;
  onFix: (values: Record<string, string>) => void;
  /** The fork is being made: its end is set and counted elsewhere. */
  frozen: boolean;
}

const CUSTOM = "custom";

/** How long the fork lives: a preset, a length, or a moment; and exactly when that is. */
export function LifetimeField({
  text,
  onText,
  onLeave,
  limits,
  graceSeconds,
  problem,
  onFix,
  frozen,
}: LifetimeFieldProps) {
  const presets = LIFETIME_PRESETS.filter((one) => (findDurationSeconds(one.text) ?? 0) <= limits.longestSeconds);
  const isPreset = presets.some((one) => one.text === text);
  const [custom, setCustom] = useState(!isPreset);
  const options = [
    ...presets.map((one) => ({ value: one.text, label: one.label })),
    { value: CUSTOM, label: "Custom" },
  ];
  return (
    <div id="field-ttl" tabIndex={-1} className="flex flex-col gap-3 outline-none">
      <div role="radiogroup" aria-labelledby="expires-after">
        <p id="expires-after" className="mb-1.5 font-medium">
          Expires after
        </p>
        <Segmented
          name="lifetime"
          many
          value={custom || !isPreset ? CUSTOM : text}
          options={options}
          disabled={frozen}
          onValueChange={(value) => {
            setCustom(value === CUSTOM);
            if (value !== CUSTOM) onText(value);
          }}
        />
      </div>
      {presets.length < LIFETIME_PRESETS.length && (
        <p className="text-fg-3 text-sm">Your project's maximum is {sayLength(limits.longestSeconds)}.</p>
      )}
      {(custom || !isPreset) && (
        <Field
          id="field-ttl-text"
          label="Custom lifetime"
          error={problem?.problem}
          fix={problem && <FixButtons fixes={problem.fix} onSet={onFix} />}
          hint="A length such as 90m or 2d 4h, or a time such as 2026-01-31 18:00."
        >
          {(ids) => (
            <Input
              {...ids}
              value={text}
              onChange={(event) => onText(event.target.value)}
              onBlur={onLeave}
              autoComplete="off"
              spellCheck={false}
              className="max-w-80 font-mono"
            />
          )}
        </Field>
      )}
      {problem && !custom && isPreset && <FieldError>{problem.problem}</FieldError>}
      {!frozen && <Readout text={text} limits={limits} graceSeconds={graceSeconds} />}
    </div>
  );
}

function Readout({ text, limits, graceSeconds }: Pick<LifetimeFieldProps, "text" | "limits" | "graceSeconds">) {
  const nowMs = useNowMinute();
  const { zone } = useZone();
  const reading = readLifetime(text, { nowMs, zone, limits });
  if (!reading.ok) return null;
  return (
    <p className="text-fg-2">
      Expires <strong className="tabular font-semibold text-fg">{formatFull(reading.endMs, zone, false)}</strong>{" "}
      <span className="tabular">
        (in {formatDuration(reading.seconds)}
        {zone !== UTC && `; ${formatMoment(reading.endMs, { zone: UTC, nowMs })} ${formatZone(UTC)}`})
      </span>
      . Then it stops and stays restorable for {sayLength(graceSeconds)}.
    </p>
  );
}
