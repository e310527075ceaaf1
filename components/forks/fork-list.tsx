"use client";
import Link from "next/link";
import { ExtendButton } from "@/components/lifetime/extend-button";
import { FailureNote } from "@/components/services/failure-note";
import { ServiceMenu } from "@/components/services/service-menu";
import { CardFact, ServiceRow } from "@/components/services/service-table";
import { DamageTag } from "@/components/services/service-tags";
import { StatusChip } from "@/components/services/status-chip";
import { Ago, Countdown, TimeChip } from "@/components/shell/time-chip";
import { ButtonLink } from "@/components/ui/button";
import { Cell, HeaderCell, Table, TableCaption, TwoLines } from "@/components/ui/table";
import { useWide } from "@/components/ui/use-wide";
import { type ForkColumn, findForkSort, nextSort } from "@/lib/client/fork-list";
import { serviceHref } from "@/lib/client/routes";
import { isReady } from "@/lib/client/status";
import type { ServiceDto } from "@/lib/schemas/service";
import { formatBytes } from "@/lib/std/format";

export interface ForkListProps {
  forks: readonly ServiceDto[];
  sort: string;
  onSort: (sort: string) => void;
  caption: string;
}

const COLUMNS: readonly { column: ForkColumn; label: string; numeric?: boolean; className?: string }[] = [
  { column: "name", label: "Name" },
  { column: "asof", label: "Data as of", className: "max-lg:hidden" },
  { column: "status", label: "Status" },
  { column: "expires", label: "Expires" },
  { column: "written", label: "Written", numeric: true },
];

/** Forks as a table, and as a list of cards where a table does not fit. */
export function ForkList(props: ForkListProps) {
  const wide = useWide();
  return (
    <>
      {wide !== false && (
        <div className="max-md:hidden">
          <AsTable {...props} />
        </div>
      )}
      {wide !== true && (
        <div className="md:hidden">
          <AsCards {...props} />
        </div>
      )}
    </>
  );
}

function AsTable({ forks, sort, onSort, caption }: ForkListProps) {
  const sorted = findForkSort(sort);
  return (
    <Table id="forks">
      <TableCaption>{caption}</TableCaption>
      <thead>
        <tr>
          {COLUMNS.map(({ column, label, ...rest }) => (
            <HeaderCell
              key={column}
              {...rest}
              sort={{
                onPress: () => onSort(nextSort(sort, column)),
                direction: sorted?.column === column ? (sorted.descending ? "descending" : "ascending") : undefined,
              }}
            >
              {label}
            </HeaderCell>
          ))}
          <HeaderCell>
            <span className="sr-only">Actions</span>
          </HeaderCell>
        </tr>
      </thead>
      <tbody>
        {forks.map((fork, index) => (
          <ServiceRow key={fork.service_id} service={fork}>
            <th scope="row" className="max-w-[380px] px-4 py-2.5 text-left font-normal">
              <TwoLines first={<NameLine fork={fork} />} second={<Source fork={fork} />} />
              <span className="text-fg-3 text-sm lg:hidden">
                as of <AsOf fork={fork} />
              </span>
              <FailureNote service={fork} />
            </th>
            <Cell className="max-lg:hidden">
              <TwoLines first={<AsOf fork={fork} />} second={<Ago at={asOf(fork)} />} />
            </Cell>
            <Cell>
              <StatusChip service={fork} />
            </Cell>
            <Cell>
              <Expiry fork={fork} />
            </Cell>
            <Cell numeric className="font-mono text-sm">
              <Written fork={fork} />
            </Cell>
            <Cell>
              <div className="flex items-center justify-end gap-1">
                <Extend fork={fork} />
                <Connect fork={fork} />
                <ServiceMenu service={fork} onGone={() => focusAfter(forks, index)} />
              </div>
            </Cell>
          </ServiceRow>
        ))}
      </tbody>
    </Table>
  );
}

function AsCards({ forks, caption }: ForkListProps) {
  return (
    <ul aria-label={caption} className="flex flex-col gap-3">
      {forks.map((fork, index) => (
        <li key={fork.service_id} className="flex flex-col gap-3 rounded-lg border border-border bg-surface-1 p-4">
          <div className="flex items-start justify-between gap-3">
            <div className="min-w-0">
              <NameLine fork={fork} />
              <p className="text-fg-3 text-sm">
                <Source fork={fork} /> as of <AsOf fork={fork} />
              </p>
            </div>
            <StatusChip service={fork} />
          </div>
          <FailureNote service={fork} />
          <dl className="flex flex-col gap-1.5">
            <CardFact term="Expires">
              <ExpiryLine fork={fork} />
            </CardFact>
            <CardFact term="Written">
              <Written fork={fork} />
            </CardFact>
          </dl>
          <div className="flex gap-2">
            <Extend fork={fork} />
            <Connect fork={fork} />
            <ServiceMenu service={fork} onGone={() => focusAfter(forks, index)} />
          </div>
        </li>
      ))}
    </ul>
  );
}

/** After a deletion the focus goes to the next fork, else to the heading of the page. */
function focusAfter(forks: readonly ServiceDto[], index: number): void {
  const next = forks[index + 1] ?? forks[index - 1];
  const link = next && [...document.querySelectorAll<HTMLElement>(`[data-fork="${next.service_id}"]`)].find(isDrawn);
  (link ?? document.querySelector<HTMLElement>("main h1"))?.focus();
}

const isDrawn = (element: HTMLElement): boolean => element.offsetParent !== null;

const asOf = (fork: ServiceDto): string => fork.receipt?.commit_time ?? fork.created;

const NameLine = ({ fork }: { fork: ServiceDto }) => (
  <span className="inline-flex min-w-0 flex-wrap items-center gap-2">
    <NameLink fork={fork} />
    <DamageTag service={fork} />
  </span>
);

function NameLink({ fork }: { fork: ServiceDto }) {
  return (
    <Link
      href={serviceHref(fork)}
      data-fork={fork.service_id}
      className="break-words rounded-sm font-medium underline decoration-border-strong underline-offset-4 hover:decoration-fg"
    >
      {fork.name}
    </Link>
  );
}

const Source = ({ fork }: { fork: ServiceDto }) => <>of {fork.forked_from?.name}</>;

const AsOf = ({ fork }: { fork: ServiceDto }) => <TimeChip at={asOf(fork)} seconds />;

function Expiry({ fork }: { fork: ServiceDto }) {
  if (!fork.expires_at) return <Never fork={fork} />;
  return <TwoLines first={<TimeChip at={fork.expires_at} />} second={<Countdown to={fork.expires_at} />} />;
}

const Never = ({ fork }: { fork: ServiceDto }) => (fork.never_reason ? "never" : "–");

function ExpiryLine({ fork }: { fork: ServiceDto }) {
  if (!fork.expires_at) return <Never fork={fork} />;
  return (
    <>
      <TimeChip at={fork.expires_at} />{" "}
      <span className="text-fg-3">
        <Countdown to={fork.expires_at} />
      </span>
    </>
  );
}

const Written = ({ fork }: { fork: ServiceDto }) => (fork.storage ? formatBytes(fork.storage.written_bytes) : "–");

/** Where a warning of its end is due. */
const Extend = ({ fork }: { fork: ServiceDto }) =>
  fork.expiry_warning ? <ExtendButton service={fork} size="sm" /> : null;

function Connect({ fork }: { fork: ServiceDto }) {
  if (!isReady(fork)) return null;
  return (
    <ButtonLink size="sm" href={`${serviceHref(fork)}#connect`} aria-label={`Connect to ${fork.name}`}>
      Connect
    </ButtonLink>
  );
}
