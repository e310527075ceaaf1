"use client";
import { ChevronRight } from "lucide-react";
import { useLastingQuery } from "@/components/history/use-lasting-query";
import { Skeleton } from "@/components/ui/skeleton";
import { storageQuery } from "@/lib/client/history";
import { computeStorageView, listLogLines, type StoragePart, sumLog } from "@/lib/client/storage";
import type { StorageDto } from "@/lib/schemas/history";
import type { ServiceDto } from "@/lib/schemas/service";
import { formatBytes } from "@/lib/std/format";
import { useFreesTogether } from "./use-frees-together";

const SWATCHES: Record<StoragePart, string> = {
  shared: "hatch",
  pinned: "bg-warn/60 forced-colors:bg-[GrayText] forced-colors:forced-color-adjust-none",
  written: "bg-accent-fill forced-colors:bg-[CanvasText] forced-colors:forced-color-adjust-none",
};

/** What is shared, pinned and written, what deleting it frees, and where its bytes lie on the disk. */
export function StorageFigures({ service }: { service: ServiceDto }) {
  const { data, error } = useLastingQuery(storageQuery(service.service_id));
  if (data) return <Figures service={service} storage={data.storage} />;
  if (error) return <p className="text-fg-3">– The figures are not known right now. {error.message}</p>;
  return <Skeleton className="h-44" />;
}

function Figures({ service, storage }: { service: ServiceDto; storage: StorageDto }) {
  const view = computeStorageView(service, storage);
  const together = useFreesTogether(service);
  return (
    <div className="flex flex-col gap-3">
      <div
        role="img"
        aria-label={view.sentence}
        className="flex h-5 gap-px overflow-hidden rounded-sm border border-border-strong bg-surface-1"
      >
        {view.lines
          .filter(({ bytes }) => bytes > 0)
          .map(({ part, share }) => (
            <div key={part} className={`min-w-[3px] ${SWATCHES[part]}`} style={{ width: `${share * 100}%` }} />
          ))}
      </div>
      <dl className="flex flex-col gap-2.5">
        {view.lines.map(({ part, ...line }) => (
          <Line key={part} {...line} swatch={SWATCHES[part]} />
        ))}
      </dl>
      <p className="text-fg-2">
        {view.verb} frees <strong className="tabular font-semibold text-fg">{formatBytes(storage.frees_bytes)}</strong>.{" "}
        {together} {view.remark}
      </p>
      <OnDisk storage={storage} />
    </div>
  );
}

function OnDisk({ storage }: { storage: StorageDto }) {
  return (
    <details className="group">
      <summary className="flex w-fit list-none items-center gap-1 rounded-sm py-1 text-fg-2 text-sm hover:text-fg [&::-webkit-details-marker]:hidden">
        <ChevronRight size={14} className="transition-transform duration-100 group-open:rotate-90" aria-hidden />
        Its log on the disk: {formatBytes(sumLog(storage))}
      </summary>
      <dl className="mt-2 flex flex-col gap-2.5 pl-[18px]">
        {listLogLines(storage).map((line) => (
          <Line key={line.term} {...line} />
        ))}
      </dl>
      <p className="mt-2 pl-[18px] text-fg-3 text-sm">
        These five add up to what its files take. Shared and pinned blocks lie in the logs of other services.
      </p>
    </details>
  );
}

interface LineProps {
  term: string;
  bytes: number;
  help: string;
  swatch?: string;
}

function Line({ term, bytes, help, swatch }: LineProps) {
  return (
    <div className="flex items-baseline justify-between gap-4">
      <dt className="flex min-w-0 items-baseline gap-2 text-fg-2">
        {swatch && (
          <span
            aria-hidden
            className={`size-3 shrink-0 translate-y-px rounded-[3px] border border-border-strong ${swatch}`}
          />
        )}
        <span className="min-w-0 break-words">
          {term}
          <span className="block text-fg-3 text-sm">{help}</span>
        </span>
      </dt>
      <dd className="tabular whitespace-nowrap font-mono">{formatBytes(bytes)}</dd>
    </div>
  );
}
