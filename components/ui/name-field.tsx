"use client";
import { RotateCcw } from "lucide-react";
import type { Fix } from "@/lib/std/app-error";
import { Button } from "./button";
import { Field, Input } from "./field";
import { FixButtons } from "./fix-buttons";

export interface NameFieldProps {
  id: string;
  value: string;
  onValue: (value: string) => void;
  onLeave: () => void;
  problem: { readonly problem: string; readonly fix: readonly Fix[] } | undefined;
  onFix: (values: Record<string, string>) => void;
  /** Said below when the name is allowed but awkward. */
  remark: string | undefined;
  /** Puts the suggestion back; without it there is none. */
  onSuggest?: (() => void) | undefined;
  readOnly: boolean;
  placeholder?: string;
}

const PATTERN_HINT = "Small letters, digits and hyphens, beginning with a letter.";

export function NameField({
  id,
  value,
  onValue,
  onLeave,
  problem,
  onFix,
  remark,
  onSuggest,
  readOnly,
  placeholder,
}: NameFieldProps) {
  return (
    <Field
      id={id}
      label="Name"
      error={problem?.problem}
      fix={problem && <FixButtons fixes={problem.fix} onSet={onFix} />}
      hint={remark ?? PATTERN_HINT}
    >
      {(ids) => (
        <div className="flex gap-2">
          <Input
            {...ids}
            name="name"
            value={value}
            onChange={(event) => onValue(event.target.value)}
            onBlur={onLeave}
            readOnly={readOnly}
            placeholder={placeholder}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            className="font-mono"
          />
          {onSuggest && !readOnly && (
            <Button size="icon" aria-label="Suggest a name" title="Suggest a name" onClick={onSuggest}>
              <RotateCcw size={15} aria-hidden />
            </Button>
          )}
        </div>
      )}
    </Field>
  );
}
