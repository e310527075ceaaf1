"use client";
import { useState } from "react";
import { useNowMinute, useZone } from "@/components/shell/clock";
import { Field, FieldError, Input } from "@/components/ui/field";
import { FixButtons } from "@/components/ui/fix-buttons";
import { Segmented } from "@/components/ui/segmented";
import type { FieldProblem } from "@/lib/client/fork-form";
import { LIFETIME_PRESETS, type LifetimeLimits, NEVER, readLifetime, sayLength } from "@/lib/client/lifetime";
import { formatFull, formatMoment, formatZone, UTC } from "@/lib/client/time";
import { findDurationSeconds, formatDuration } from "@/lib/std/format";

export interface LifetimeFieldProps {
  text: string;
  onText: (text: string) => void;
  /** Why it may never end; asked for with that choice. */
  reason: string;
  onReason: (reason: string) => void;
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
  reason,
  onReason,
  onLeave,
  limits,
  graceSeconds,
  problem,
  onFix,
  frozen,
}: LifetimeFieldProps) {
  const presets = LIFETIME_PRESETS.filter((one) => (findDurationSeconds(one.text) ?? 0) <= limits.longestSeconds);
  const isNever = limits.allowNever && text === NEVER;
  const isPreset = isNever || presets.some((one) => one.text === text);
  const [custom, setCustom] = useState(!isPreset);
  const options = [
    ...presets.map((one) => ({ value: one.text, label: one.label })),
    { value: CUSTOM, label: "Custom" },
    ...(limits.allowNever ? [{ value: NEVER, label: "Never" }] : []),
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
      {isNever && (
        <Field
          id="field-ttl-reason"
          label="Reason"
          error={problem?.problem}
          hint="It is listed under Never expires, with this, until somebody gives it an end."
        >
          {(ids) => (
            <Input
              {...ids}
              value={reason}
              onChange={(event) => onReason(event.target.value)}
              onBlur={onLeave}
              maxLength={500}
            />
          )}
        </Field>
      )}
      {problem && !custom && isPreset && !isNever && <FieldError>{problem.problem}</FieldError>}
      {!frozen && !isNever && <Readout text={text} limits={limits} graceSeconds={graceSeconds} />}
    </div>
  );
}

function Readout({ text, limits, graceSeconds }: Pick<LifetimeFieldProps, "text" | "limits" | "graceSeconds">) {
  const nowMs = useNowMinute();
  const { zone } = useZone();
  const reading = readLifetime(text, { nowMs, zone, limits });
  if (!reading.ok || !reading.end) return null;
  const { atMs, seconds } = reading.end;
  return (
    <p className="text-fg-2">
      Expires <strong className="tabular font-semibold text-fg">{formatFull(atMs, zone, false)}</strong>{" "}
      <span className="tabular">
        (in {formatDuration(seconds)}
        {zone !== UTC && `; ${formatMoment(atMs, { zone: UTC, nowMs })} ${formatZone(UTC)}`})
      </span>
      . Then it stops and stays restorable for {sayLength(graceSeconds)}.
    </p>
  );
}
