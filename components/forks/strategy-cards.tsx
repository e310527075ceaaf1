"use client";
import { ChevronRight } from "lucide-react";
import { useNow, useNowMinute, useZone } from "@/components/shell/clock";
import { Ago } from "@/components/shell/time-chip";
import { FieldError } from "@/components/ui/field";
import { FixButtons } from "@/components/ui/fix-buttons";
import { RadioCard } from "@/components/ui/radio-card";
import { type FieldProblem, findSnapshot, STRATEGIES, type StrategyCard } from "@/lib/client/fork-form";
import { formatMoment, formatZone } from "@/lib/client/time";
import type { WindowDto } from "@/lib/schemas/history";

export interface StrategyCardsProps {
  chosen: string;
  onChoose: (strategy: string) => void;
  problem: Pick<FieldProblem, "problem" | "fix"> | undefined;
  onFix: (values: Record<string, string>) => void;
  /** The fork is being made: its moment has passed. */
  frozen: boolean;
  /** Undefined while it is not known. */
  window: WindowDto | undefined;
}

/** Three ways to say which moment; everything about them is visible, also why one is not there yet. */
export function StrategyCards({ chosen, onChoose, problem, onFix, frozen, window }: StrategyCardsProps) {
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
            window={window}
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
  window: WindowDto | undefined;
}

function Strategy({ card, checked, invalid, onChoose, frozen, window }: StrategyProps) {
  const factId = `strategy-${card.value}-fact`;
  const described = [factId, invalid && checked && "field-strategy-error"].filter(Boolean).join(" ");
  const empty = card.value === "LAST_SNAPSHOT" && window?.snapshots.length === 0;
  return (
    <RadioCard
      name="strategy"
      value={card.value}
      checked={checked}
      onChange={() => onChoose(card.value)}
      aria-describedby={described}
      quiet={empty}
      title={card.title}
    >
      <span className="text-fg-2">{card.line}</span>
      <span id={factId} className="text-fg-3 text-sm">
        {frozen ? checked && "What is chosen here is being made." : <DataAsOf strategy={card.value} window={window} />}
      </span>
      <span className="mt-auto pt-1 text-fg-3 text-sm">
        Best for: {card.bestFor.charAt(0).toLowerCase() + card.bestFor.slice(1)}
      </span>
    </RadioCard>
  );
}

function DataAsOf({ strategy, window }: { strategy: StrategyCard["value"]; window: WindowDto | undefined }) {
  const nowMs = useNowMinute();
  const { zone } = useZone();
  const say = (at: string) => formatMoment(Date.parse(at), { zone, nowMs, seconds: true });
  if (strategy === "NOW")
    return (
      <>
        Data as of <LiveTime />
      </>
    );
  if (!window) return "Data as of –";
  if (strategy === "PITR")
    return (
      <span className="tabular">
        Any moment since {say(window.earliest)} {formatZone(zone)}
      </span>
    );
  const newest = findSnapshot("", window.snapshots);
  if (!newest) return "Needs a snapshot, and there is none yet. Choose this to take one now.";
  return (
    <span className="tabular">
      Data as of {say(newest.time)} {formatZone(zone)}, <Ago at={newest.time} />
    </span>
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
