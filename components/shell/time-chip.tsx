"use client";
import { Popover } from "@base-ui/react/popover";
import { cn } from "@/components/ui/class-names";
import { CopyButton } from "@/components/ui/copy-button";
import { useOverlayHome } from "@/components/ui/overlay-home";
import { serverClock } from "@/lib/client/server-clock";
import { formatAgo, formatFull, formatMoment, UTC } from "@/lib/client/time";
import { formatDuration } from "@/lib/std/format";
import { useNow, useNowMinute, useZone } from "./clock";
import { ExactTime } from "./exact-time";

const card = Popover.createHandle<{ at: string }>();

export interface TimeChipProps {
  /** RFC 3339. */
  at: string;
  seconds?: boolean;
  /** Weekday, date and zone too. */
  full?: boolean;
  /** Of a commit: every microsecond that says something. */
  exact?: boolean;
  className?: string;
}

/** A moment as the zone switch has it; hover, focus or press opens the card with all its spellings. */
export function TimeChip({ at, seconds = false, full = false, exact = false, className }: TimeChipProps) {
  return (
    <Popover.Trigger
      handle={card}
      payload={{ at }}
      openOnHover
      delay={250}
      closeDelay={120}
      className={cn(
        "tabular cursor-help rounded-sm decoration-border-strong decoration-dotted underline-offset-4 hover:underline",
        className,
      )}
    >
      {exact ? <ExactTime at={at} full={full} /> : <RoundTime at={at} seconds={seconds} full={full} />}
    </Popover.Trigger>
  );
}

function RoundTime({ at, seconds, full }: { at: string; seconds: boolean; full: boolean }) {
  const { zone } = useZone();
  const nowMs = useNowMinute();
  const ms = Date.parse(at);
  return <time dateTime={at}>{full ? formatFull(ms, zone, seconds) : formatMoment(ms, { zone, nowMs, seconds })}</time>;
}

/** A moment where a button may not stand: inside another one. */
export function PlainTime({ at }: { at: string }) {
  const { zone } = useZone();
  const nowMs = useNowMinute();
  return <time dateTime={at}>{formatMoment(Date.parse(at), { zone, nowMs, seconds: true })}</time>;
}

/** `22 m ago`, for under a time that has passed. */
export function Ago({ at }: { at: string }) {
  const nowMs = useNow();
  return formatAgo((nowMs - Date.parse(at)) / 1000);
}

/** `in 4 h 0 m`, ticking when it is near. Never read out by itself: a screen reader would hear every second. */
export function Countdown({ to, ended = "ending now" }: { to: string; ended?: string }) {
  const nowMs = useNow();
  const seconds = (Date.parse(to) - nowMs) / 1000;
  return (
    <span role="timer" aria-live="off" className="tabular">
      {seconds > 0 ? `in ${formatDuration(seconds)}` : ended}
    </span>
  );
}

/** The one card behind every time chip. */
export function TimeCard() {
  const home = useOverlayHome();
  return (
    <Popover.Root handle={card}>
      {({ payload }) => (
        <Popover.Portal container={home}>
          <Popover.Positioner align="start" sideOffset={6} collisionPadding={8} className="z-40">
            <Popover.Popup
              initialFocus={false}
              className="w-[376px] max-w-[calc(100vw-16px)] rounded-md border border-border bg-surface-1 p-3 shadow-float outline-none transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0"
            >
              <Popover.Title className="sr-only">This moment in other spellings</Popover.Title>
              {payload && <Spellings at={payload.at} />}
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      )}
    </Popover.Root>
  );
}

const SKEW_MS = 2_000;

function Spellings({ at }: { at: string }) {
  const nowMs = useNow();
  const ms = Date.parse(at);
  const local = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const seconds = (ms - nowMs) / 1000;
  const rows = [
    { term: "UTC", value: formatFull(ms, UTC) },
    ...(local === UTC ? [] : [{ term: "Here", value: formatFull(ms, local) }]),
    { term: "Relative", value: seconds > 0 ? `in ${formatDuration(seconds)}` : formatAgo(-seconds) },
    { term: "RFC 3339", value: at, copy: "Copy RFC 3339" },
    { term: "Epoch", value: String(Math.floor(ms / 1000)), copy: "Copy epoch seconds" },
  ];
  const skewMs = serverClock.offsetMs;
  return (
    <>
      <dl className="flex flex-col gap-1 text-sm">
        {rows.map(({ term, value, copy }) => (
          <div key={term} className="flex min-h-7 items-center gap-2">
            <dt className="w-16 shrink-0 text-fg-3">{term}</dt>
            <dd className="tabular min-w-0 flex-1 break-words">{value}</dd>
            {copy && (
              <dd>
                <CopyButton text={value} label={copy} iconOnly />
              </dd>
            )}
          </div>
        ))}
      </dl>
      {Math.abs(skewMs) > SKEW_MS && (
        <p className="mt-2 border-border border-t pt-2 text-fg-3 text-sm">
          Your computer clock is {Math.round(Math.abs(skewMs) / 1000)} s {skewMs > 0 ? "behind" : "ahead"}; times here
          use the server's.
        </p>
      )}
    </>
  );
}
