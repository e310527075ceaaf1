/**
 * The kinds of objects that a schema is made of. The order is the one that a script follows where nothing else decides: what is
 * usually needed first comes first.
 */
export const OBJECT_KINDS = [
  "schema",
  "extension",
  "enum",
  "domain",
  "composite type",
  "range type",
  "function",
  "procedure",
  "aggregate",
  "sequence",
  "table",
  "column",
  "sequence owner",
  "constraint",
  "hypertable",
  "index",
  "statistics",
  "view",
  "materialized view",
  "continuous aggregate",
  "foreign key",
  "rule",
  "trigger",
  "event trigger",
  "policy",
  "compression",
  "job",
  "comment",
  "grant",
] as const;
export type ObjectKind = (typeof OBJECT_KINDS)[number];

/** One thing of a database's schema, as plain data. */
interface Described<Kind extends ObjectKind> {
  /** Kind and name: what makes it the same thing in two databases. */
  readonly id: string;
  readonly kind: Kind;
  /** As SQL writes it, with its schema: `public.flights`, `public.distance(text, text)`. */
  readonly name: string;
  /** The object that it is a part of, and goes with. */
  readonly of: string | undefined;
  /** The ids of what has to be there before it. */
  readonly needs: readonly string[];
  /** The statements that make it and end it, without the last semicolon; none where it comes and goes with something else. */
  readonly create: string;
  readonly drop: string;
}

/** What can be changed in place is described by more than its statements. */
export interface FactsByKind {
  extension: { readonly version: string };
  enum: { readonly labels: readonly string[] };
  domain: DomainFacts;
  "composite type": { readonly attributes: readonly { readonly name: string; readonly type: string }[] };
  sequence: SequenceFacts;
  table: TableFacts;
  column: ColumnFacts;
  constraint: ConstraintFacts;
  "foreign key": ConstraintFacts;
  view: ViewFacts;
  "materialized view": ViewFacts;
  function: RoutineFacts;
  procedure: RoutineFacts;
  hypertable: HypertableFacts;
}

export interface DomainFacts {
  readonly type: string;
  readonly collation: string | null;
  readonly default: string | null;
  readonly notNull: boolean;
  readonly checks: readonly { readonly name: string; readonly definition: string }[];
}

export interface SequenceFacts {
  readonly unlogged: boolean;
  readonly type: string;
  readonly start: string;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  readonly cache: string;
  readonly cycle: boolean;
}

export interface TableFacts {
  readonly unlogged: boolean;
  readonly partitionKey: string | null;
  /** The tables it inherits from, in order; of a partition the one it is a part of. */
  readonly parents: readonly string[];
  /** `FOR VALUES …` of a partition. */
  readonly bound: string | null;
  readonly options: readonly string[];
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  /** `FULL`, `NOTHING`; null where it is the primary key, or an index. */
  readonly replicaIdentity: string | null;
}

export interface ColumnFacts {
  readonly table: string;
  readonly column: string;
  readonly position: number;
  readonly type: string;
  readonly collation: string | null;
  readonly notNull: boolean;
  readonly default: string | null;
  readonly generated: string | null;
  readonly isVirtual: boolean;
  readonly identity: "ALWAYS" | "BY DEFAULT" | null;
  readonly identityOptions: Omit<SequenceFacts, "unlogged" | "type"> | null;
  readonly storage: string | null;
  readonly compression: string | null;
  /** Of a column that the table has from another: what it has from there. Its statements say only what differs. */
  readonly inherited: { readonly notNull: boolean; readonly default: string | null } | null;
  /** What only its default needs. */
  readonly defaultNeeds?: readonly string[];
}

export interface ConstraintFacts {
  readonly table: string;
  readonly name: string;
  /** `CONSTRAINT name CHECK (…)`, as CREATE TABLE takes it. */
  readonly inline: string;
  /** Postgres takes it outside of CREATE TABLE only. */
  readonly isSeparate: boolean;
  readonly isInherited: boolean;
}

export interface ViewFacts {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

export interface RoutineFacts {
  /** Arguments with names and defaults, and what is returned: CREATE OR REPLACE cannot change them. */
  readonly signature: string;
}

export interface HypertableFacts {
  readonly table: string;
  /** The schema of TimescaleDB's functions. */
  readonly functions: string;
  /** SQL: `INTERVAL '1 day'`. */
  readonly interval: string;
  /** Everything that cannot be changed once it is one. */
  readonly dimensions: string;
}

type FactsOf<Kind extends ObjectKind> = Kind extends keyof FactsByKind
  ? { readonly facts: FactsByKind[Kind] }
  : { readonly facts?: undefined };

export type ObjectOf<Kind extends ObjectKind> = Kind extends ObjectKind ? Described<Kind> & FactsOf<Kind> : never;
export type SchemaObject = ObjectOf<ObjectKind>;

/** What of a database is not in the schema, and how many of it there are. */
export interface LeftOut {
  readonly what: string;
  readonly count: number;
}

/** The schema of one database: plain data, its objects in the order of their ids. */
export interface Schema {
  readonly objects: readonly SchemaObject[];
  readonly leftOut: readonly LeftOut[];
  /** Roles that its grants and row policies name: they have to be there before a script is run. */
  readonly roles: readonly string[];
}

export const idOf = (kind: ObjectKind, name: string): string => `${kind} ${name}`;
