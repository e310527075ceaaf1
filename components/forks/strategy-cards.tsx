"use client";
import { ChevronRight } from "lucide-react";
import { useNow, useZone } from "@/components/shell/clock";
import { FieldError } from "@/components/ui/field";
import { FixButtons } from "@/components/ui/fix-buttons";
import { RadioCard } from "@/components/ui/radio-card";
import { Tag } from "@/components/ui/tag";
import { type FieldProblem, STRATEGIES, type StrategyCard } from "@/lib/client/fork-form";
import { formatMoment, formatZone } from "@/lib/client/time";

export interface StrategyCardsProps {
  chosen: string;
  onChoose: (strategy: string) => void;
  problem: Pick<FieldProblem, "problem" | "fix"> | undefined;
  onFix: (values: Record<string, string>) => void;
  /** The fork is being made: its moment has passed. */
  frozen: boolean;
}

/** Three ways to say which moment; everything about them is visible, also why one is not there yet. */
export function StrategyCards({ chosen, onChoose, problem, onFix, frozen }: StrategyCardsProps) {
  return (
    <div id="field-strategy" tabIndex={-1} className="flex flex-col gap-3 outline-none">
      <div className="grid gap-3 md:grid-cols-3">
        {STRATEGIES.map((card) => (
          <Strategy
            key={card.value}
            card={card}
            checked={card.value === chosen}
            onChoose={onChoose}
            invalid={!!problem}
            frozen={frozen}
          />
        ))}
      </div>
      {problem && (
        <div className="flex flex-wrap items-center gap-3">
          <FieldError id="field-strategy-error">{problem.problem}</FieldError>
          <FixButtons fixes={problem.fix} onSet={onFix} />
        </div>
      )}
      <details className="group text-fg-2 text-sm">
        <summary className="flex w-fit list-none items-center gap-1 rounded-sm py-1 hover:text-fg [&::-webkit-details-marker]:hidden">
          <ChevronRight size={14} className="transition-transform duration-100 group-open:rotate-90" aria-hidden />
          Help me choose
        </summary>
        <p className="mt-1 pl-[18px]">
          Is it still happening? Now. Did it break at a known time? Point in time. Neither? Last snapshot.
        </p>
      </details>
    </div>
  );
}

interface StrategyProps {
  card: StrategyCard;
  checked: boolean;
  invalid: boolean;
  onChoose: (strategy: string) => void;
  frozen: boolean;
}

function Strategy({ card, checked, invalid, onChoose, frozen }: StrategyProps) {
  const reasonId = `strategy-${card.value}-reason`;
  const described = [card.unavailable && reasonId, invalid && checked && "field-strategy-error"]
    .filter(Boolean)
    .join(" ");
  return (
    <RadioCard
      name="strategy"
      value={card.value}
      checked={checked}
      onChange={() => onChoose(card.value)}
      aria-describedby={described || undefined}
      quiet={card.unavailable !== undefined}
      title={card.title}
    >
      <span className="text-fg-2">{card.line}</span>
      {card.unavailable ? (
        <>
          <Tag className="mt-1 self-start">Not available yet</Tag>
          <span id={reasonId} className="text-fg-3 text-sm">
            {card.unavailable}
          </span>
        </>
      ) : (
        <span className="text-fg-3 text-sm">Data as of {frozen ? "the press of the button" : <LiveTime />}</span>
      )}
      <span className="mt-auto pt-1 text-fg-3 text-sm">
        Best for: {card.bestFor.charAt(0).toLowerCase() + card.bestFor.slice(1)}
      </span>
    </RadioCard>
  );
}

function LiveTime() {
  const nowMs = useNow();
  const { zone } = useZone();
  return (
    <span className="tabular">
      {formatMoment(nowMs, { zone, nowMs, seconds: true })} {formatZone(zone)} (live)
    </span>
  );
}
