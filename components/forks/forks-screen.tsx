"use client";
import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Search, X } from "lucide-react";
import { parseAsArrayOf, parseAsString, useQueryStates } from "nuqs";
import { ListSkeleton } from "@/components/services/list-skeleton";
import { LoadFailure } from "@/components/services/services-screen";
import { SharingPicture } from "@/components/services/sharing-picture";
import { useNowMinute } from "@/components/shell/clock";
import { Button, ButtonLink } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Input } from "@/components/ui/field";
import { Menu, MenuChecks, MenuRadios } from "@/components/ui/menu";
import { PageHeader } from "@/components/ui/page-header";
import { type ForkListState, findForkSort, isFiltered, STATUS_FILTERS, selectForks } from "@/lib/client/fork-list";
import { forkHref, SAMPLE_HREF } from "@/lib/client/routes";
import { binQuery, servicesQuery } from "@/lib/client/services";
import { isFork, isListed } from "@/lib/client/status";
import type { ServiceDto } from "@/lib/schemas/service";
import { formatBytes } from "@/lib/std/format";
import { ForkList } from "./fork-list";

const URL_STATE = {
  q: parseAsString.withDefault(""),
  status: parseAsArrayOf(parseAsString).withDefault([]),
  source: parseAsString.withDefault(""),
  sort: parseAsString.withDefault(""),
};

/** All forks of the project: found, filtered and sorted by what the URL says. */
export function ForksScreen() {
  const { data, error, refetch } = useQuery(servicesQuery());
  const [state, setState] = useQueryStates(URL_STATE);
  const nowMs = useNowMinute();
  const listed = data?.services.filter(isListed) ?? [];
  const forks = listed.filter(isFork);
  const shown = selectForks(forks, state, nowMs);
  const clear = () => setState({ q: null, status: null, source: null });

  return (
    <>
      <PageHeader
        title="Forks"
        summary={data && <Sums forks={shown} all={forks.length} />}
        actions={
          <ButtonLink variant="primary" href="/forks/new">
            Fork service
          </ButtonLink>
        }
      />
      {!data && error && <LoadFailure error={error} retry={() => refetch()} what="your forks" />}
      {!data && !error && <ListSkeleton rows={8} />}
      {data && forks.length === 0 && <NoForks sources={listed} />}
      {forks.length > 0 && (
        <>
          <Toolbar state={state} onChange={setState} sources={listSources(forks)} onClear={clear} />
          {shown.length === 0 ? (
            <NoMatch onClear={clear} />
          ) : (
            <ForkList
              forks={shown}
              sort={state.sort}
              onSort={(sort) => setState({ sort: sort || null })}
              caption={sayOrder(state)}
            />
          )}
        </>
      )}
    </>
  );
}

const listSources = (forks: readonly ServiceDto[]): string[] =>
  [...new Set(forks.map(({ forked_from }) => forked_from?.name ?? ""))].filter(Boolean).sort();

const ORDERS = { name: "name", asof: "data as of", status: "status", expires: "expiry", written: "written" };

function sayOrder({ sort }: ForkListState): string {
  const sorted = findForkSort(sort);
  if (!sorted) return "Forks, what needs attention first, then by expiry.";
  return `Forks by ${ORDERS[sorted.column]}${sorted.descending ? ", descending" : ""}.`;
}

function Sums({ forks, all }: { forks: readonly ServiceDto[]; all: number }) {
  const written = forks.reduce((sum, { storage }) => sum + (storage?.written_bytes ?? 0), 0);
  const unknown = forks.filter(({ storage }) => !storage).length;
  const count = forks.length === all ? `${all} fork${all === 1 ? "" : "s"}` : `${forks.length} of ${all} forks`;
  return (
    <p role="status">
      {count}
      {forks.length > unknown && ` · ${formatBytes(written)} of ${forks.length === 1 ? "its" : "their"} own`}
      {unknown > 0 && ` · written unknown for ${unknown === forks.length ? "all" : unknown}`}
    </p>
  );
}

interface ToolbarProps {
  state: ForkListState;
  onChange: (change: { q?: string | null; status?: string[] | null; source?: string | null }) => void;
  sources: readonly string[];
  onClear: () => void;
}

function Toolbar({ state, onChange, sources, onClear }: ToolbarProps) {
  const chosen = STATUS_FILTERS.filter(({ id }) => state.status.includes(id)).map(({ label }) => label);
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <div className="relative w-72 max-sm:w-full">
        <Search
          size={15}
          className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-3 text-fg-3"
          aria-hidden
        />
        <Input
          type="search"
          aria-label="Search forks"
          placeholder="Search forks…"
          className="pl-9"
          value={state.q}
          onChange={(event) => onChange({ q: event.target.value || null })}
        />
      </div>
      <Menu align="start" trigger={<FilterButton label="Status" value={chosen.join(", ")} />}>
        <MenuChecks
          label="Status"
          chosen={state.status}
          onChange={(status) => onChange({ status: status.length ? status : null })}
          options={STATUS_FILTERS.map(({ id, label }) => ({ value: id, label }))}
        />
      </Menu>
      <Menu align="start" trigger={<FilterButton label="Source" value={state.source} />}>
        <MenuRadios
          label="Source"
          value={state.source}
          onValueChange={(source) => onChange({ source: source || null })}
          options={[{ value: "", label: "All sources" }, ...sources.map((name) => ({ value: name, label: name }))]}
        />
      </Menu>
      {isFiltered(state) && (
        <Button variant="ghost" onClick={onClear}>
          <X size={15} aria-hidden />
          Clear all
        </Button>
      )}
    </div>
  );
}

function FilterButton({ label, value, ...rest }: { label: string; value: string }) {
  return (
    <Button {...rest}>
      <span className={value ? "text-fg-3" : undefined}>
        <span className="sr-only">Filter by </span>
        {value ? `${label}:` : label}
      </span>
      {value && <span className="max-w-40 truncate">{value}</span>}
      <ChevronDown size={15} className="text-fg-3" aria-hidden />
    </Button>
  );
}

function NoMatch({ onClear }: { onClear: () => void }) {
  const deleted = useQuery(binQuery()).data?.services.filter(isFork).length ?? 0;
  return (
    <EmptyState
      title="No fork matches these filters"
      actions={
        <>
          <Button onClick={onClear}>Clear all</Button>
          {deleted > 0 && (
            <ButtonLink variant="ghost" href="/bin">
              {deleted} {deleted === 1 ? "is" : "are"} in Recently deleted
            </ButtonLink>
          )}
        </>
      }
    />
  );
}

function NoForks({ sources }: { sources: readonly ServiceDto[] }) {
  const [source] = sources;
  if (!source)
    return (
      <EmptyState
        icon={<SharingPicture />}
        title="First a service to fork"
        actions={
          <>
            <ButtonLink variant="primary" href="/services/new">
              Create service
            </ButtonLink>
            <ButtonLink href={SAMPLE_HREF}>Try the sample service</ButtonLink>
          </>
        }
      >
        Forks share the storage of the service they are made from, so a copy of any size takes about a second.
      </EmptyState>
    );
  return (
    <EmptyState
      icon={<SharingPicture />}
      title="No forks yet"
      actions={
        <ButtonLink variant="primary" href={forkHref(source.name)}>
          Fork {source.name}
        </ButtonLink>
      }
    >
      A fork of {source.name}
      {source.storage && ` (${formatBytes(source.storage.logical_bytes)})`} shares all its blocks and uses next to no
      space until you write to it.
    </EmptyState>
  );
}
