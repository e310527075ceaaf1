"use client";
import { useState } from "react";
import { useNowMinute, useZone } from "@/components/shell/clock";
import { ExactTime } from "@/components/shell/exact-time";
import { Ago } from "@/components/shell/time-chip";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { Skeleton } from "@/components/ui/skeleton";
import { Tag } from "@/components/ui/tag";
import { timelineQuery } from "@/lib/client/history";
import { EVENT_WORDS, sayCount } from "@/lib/client/moment";
import { formatMoment, formatZone } from "@/lib/client/time";
import type { EventDto } from "@/lib/schemas/history";
import { useLastingQuery } from "./use-lasting-query";

export interface EventChoiceProps {
  serviceId: string;
  /** Id of the chosen event; empty for none. */
  chosen: string;
  onChoose: (event: string) => void;
}

const SHOWN = 20;

/** What happened in the window, newest first: choosing one means the last moment before it. */
export function EventChoice({ serviceId, chosen, onChoose }: EventChoiceProps) {
  const { data, error, refetch } = useLastingQuery(timelineQuery(serviceId));
  const [shown, setShown] = useState(SHOWN);
  if (!data && error)
    return (
      <p className="flex flex-wrap items-center gap-3 text-fg-2">
        Events cannot be listed right now. You can still type a time.
        <Button size="sm" onClick={() => refetch()}>
          Try again
        </Button>
      </p>
    );
  if (!data) return <Skeleton className="h-24 rounded-md" />;
  const { events, events_left_out, generated_at } = data.timeline;
  const newestFirst = events.toReversed();
  // A chosen one far down, from a link, is in the list too.
  const visible = newestFirst.filter(({ id }, index) => index < shown || id === chosen);
  return (
    <div role="radiogroup" aria-labelledby="just-before" className="flex flex-col gap-2">
      <p className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span id="just-before" className="font-medium">
          Just before…
        </span>
        <AsOf at={generated_at} />
      </p>
      {events.length === 0 ? (
        <p className="text-fg-2">
          Nothing to stop before was recorded in this window. DDL, TRUNCATE, deletes and updates of many rows, snapshots
          and deploys are listed here.
        </p>
      ) : (
        <ul className="max-h-72 divide-y divide-border overflow-y-auto rounded-md border border-border-strong">
          {visible.map((event) => (
            <li key={event.id}>
              <EventRow event={event} checked={event.id === chosen} onChoose={onChoose} />
            </li>
          ))}
          {(newestFirst.length > shown || events_left_out > 0) && (
            <li className="px-3 py-2 text-fg-3 text-sm">
              {newestFirst.length > shown ? (
                <Button size="sm" onClick={() => setShown(shown + SHOWN * 5)}>
                  Show older events
                </Button>
              ) : (
                `${sayCount(events_left_out, "older event")} of this window not listed.`
              )}
            </li>
          )}
        </ul>
      )}
    </div>
  );
}

interface EventRowProps {
  event: EventDto;
  checked: boolean;
  onChoose: (event: string) => void;
}

function EventRow({ event, checked, onChoose }: EventRowProps) {
  const { id, kind, what, rows, time } = event;
  return (
    <label
      className={cn(
        "touch-target flex cursor-pointer items-start gap-3 px-3 py-2 transition-colors duration-100 hover:bg-surface-2",
        "has-checked:bg-accent/6 has-focus-visible:-outline-offset-2 has-focus-visible:outline-2 has-focus-visible:outline-focus",
        "has-disabled:cursor-default",
      )}
    >
      <input
        type="radio"
        name="event"
        value={id}
        checked={checked}
        onChange={() => onChoose(id)}
        className="radio mt-0.5"
      />
      <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-3 gap-y-0.5">
        <span className="min-w-0 break-words">
          <span className="sr-only">Just before </span>
          <span className="font-medium">{what}</span>
          {rows !== null && <span className="text-fg-2"> · {sayCount(rows, "row")}</span>}
        </span>
        <Tag>{EVENT_WORDS[kind]}</Tag>
        <span className="tabular ml-auto text-fg-3 text-sm max-sm:ml-0">
          <ExactTime at={time} /> · <Ago at={time} />
        </span>
      </span>
    </label>
  );
}

function AsOf({ at }: { at: string }) {
  const { zone } = useZone();
  const nowMs = useNowMinute();
  return (
    <span className="tabular text-fg-3 text-sm">
      events as of {formatMoment(Date.parse(at), { zone, nowMs, seconds: true })} {formatZone(zone)}
    </span>
  );
}
