import { computeStorageView } from "@/lib/client/storage";
import type { ServiceDto } from "@/lib/schemas/service";
import { formatBytes } from "@/lib/std/format";

/** What is shared and what is its own, as a bar and in words. */
export function StorageFigures({ service }: { service: ServiceDto }) {
  const view = computeStorageView(service);
  if (!view) return <p className="text-fg-3">– The engine is not answering, so the figures are not known right now.</p>;
  return (
    <div className="flex flex-col gap-3">
      <div
        role="img"
        aria-label={view.sentence}
        className="flex h-5 gap-px overflow-hidden rounded-sm border border-border-strong bg-surface-1"
      >
        <div className="hatch flex-1" />
        <div
          className="min-w-[3px] bg-accent-fill forced-colors:bg-[CanvasText] forced-colors:forced-color-adjust-none"
          style={{ width: `${view.writtenShare * 100}%` }}
        />
      </div>
      <dl className="flex flex-col gap-2">
        <Line term={`Shared with ${view.sharedWith}`} bytes={view.sharedBytes} least swatch="hatch" />
        <Line term="Written" bytes={view.writtenBytes} swatch="bg-accent-fill" />
      </dl>
      <p className="text-fg-3 text-sm">{view.remark}</p>
    </div>
  );
}

function Line({ term, bytes, swatch, least }: { term: string; bytes: number; swatch: string; least?: boolean }) {
  return (
    <div className="flex items-baseline justify-between gap-4">
      <dt className="flex min-w-0 items-baseline gap-2 text-fg-2">
        <span
          aria-hidden
          className={`size-3 shrink-0 translate-y-px rounded-[3px] border border-border-strong ${swatch}`}
        />
        <span className="min-w-0 break-words">{term}</span>
      </dt>
      <dd className="tabular whitespace-nowrap font-mono">
        {least && bytes > 0 ? "≥ " : ""}
        {formatBytes(bytes)}
      </dd>
    </div>
  );
}
