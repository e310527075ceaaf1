import type { LogFigures } from "@/lib/blocks";
import type { ControlFigures } from "./read-control-database";

/** A gauge as it is at one moment. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** What the engine found out for one scrape; a part that did not answer is missing, and its series with it. */
export interface Readings {
  readonly nowMs: number;
  readonly computes: number;
  readonly endpoints: number;
  readonly sessions: number;
  readonly control?: ControlFigures | undefined;
  readonly store?: { readonly logs: LogFigures; readonly systemBytes: number } | undefined;
  readonly scrub?: { readonly places: number; readonly scrubbedMs: number | undefined } | undefined;
  readonly disk?: { readonly freeBytes: number; readonly sizeBytes: number } | undefined;
}

/** All gauges of a scrape. No label names a service, a project or a person: their number has no bound. */
export function toGauges({ nowMs, control, store, scrub, disk, ...engine }: Readings): Gauge[] {
  return [
    one("offshoot_computes", "Services whose Postgres runs, starts or is about to be started again.", engine.computes),
    one("offshoot_endpoints", "Services that clients can connect to.", engine.endpoints),
    one("offshoot_gateway_sessions", "Clients that are connected to services.", engine.sessions),
    one("offshoot_control_database_up", "1 when the control database answered this scrape, else 0.", control ? 1 : 0),
    ...(control ? controlGauges(control, nowMs) : []),
    ...(store ? [storeGauge(store)] : []),
    ...(scrub ? scrubGauges(scrub) : []),
    ...(disk ? diskGauges(disk) : []),
  ];
}

function controlGauges(control: ControlFigures, nowMs: number): Gauge[] {
  const { services, operations, deliveries } = control;
  const secondsSince = (ms: number | undefined) => (ms === undefined ? 0 : Math.max(0, nowMs - ms) / 1000);
  return [
    {
      name: "offshoot_services",
      help: "Services by status.",
      values: services.map(({ status, count }) => ({ labels: { status }, value: count })),
    },
    {
      name: "offshoot_operations",
      help: "Operations that are not over, by kind and state.",
      values: operations.map(({ kind, state, count }) => ({ labels: { kind, state }, value: count })),
    },
    one(
      "offshoot_operation_queue_age_seconds",
      "How long the operation waits that waits longest to be begun; 0 when none does.",
      secondsSince(control.oldestQueuedMs),
    ),
    one(
      "offshoot_reaper_lag_seconds",
      "How long the end, purge or warning is overdue that is overdue longest; 0 when none is.",
      secondsSince(control.nextDueMs),
    ),
    one("offshoot_meter_sample_age_seconds", "How long ago usage was counted.", secondsSince(control.meteredMs)),
    {
      name: "offshoot_deliveries",
      help: "Messages that wait to be sent again, and those given up within a week.",
      values: [
        { labels: { state: "pending" }, value: deliveries.pending },
        { labels: { state: "failed" }, value: deliveries.failed },
      ],
    },
  ];
}

function storeGauge({ logs, systemBytes }: NonNullable<Readings["store"]>): Gauge {
  const classes = {
    head: logs.headBytes,
    history: logs.historyBytes,
    kept_for_forks: logs.keptForForksBytes,
    garbage: logs.garbageBytes,
    metadata: logs.metadataBytes,
    system: systemBytes,
  };
  return {
    name: "offshoot_store_bytes",
    help: "Bytes of the block store on the disk, by what they are for; together all of it.",
    values: Object.entries(classes).map(([name, value]) => ({ labels: { class: name }, value })),
  };
}

function scrubGauges({ places, scrubbedMs }: NonNullable<Readings["scrub"]>): Gauge[] {
  const gauges = [one("offshoot_damaged_places", "Places of the store that the scrub found damaged.", places)];
  if (scrubbedMs === undefined) return gauges;
  const help = "When everything had been read for the last time.";
  return [...gauges, one("offshoot_scrubbed_timestamp_seconds", help, scrubbedMs / 1000)];
}

const diskGauges = ({ freeBytes, sizeBytes }: NonNullable<Readings["disk"]>): Gauge[] => [
  one("offshoot_disk_free_bytes", "Free on the disk of the data directory, for this user.", freeBytes),
  one("offshoot_disk_size_bytes", "Size of that disk.", sizeBytes),
];

const one = (name: string, help: string, value: number): Gauge => ({ name, help, values: [{ labels: {}, value }] });
