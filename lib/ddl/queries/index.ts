import { AGGREGATES, EVENT_TRIGGERS, POLICIES, ROUTINES, RULES, TRIGGERS } from "./code";
import { COLUMNS, CONSTRAINTS, INDEXES, SEQUENCE_OWNERS, SEQUENCES, STATISTICS, TABLES, VIEWS } from "./relations";
import { COMMENTS, GRANTS } from "./rights";
import { COMPRESSION, CONTINUOUS_AGGREGATES, HYPERTABLES, JOBS } from "./timescaledb";
import { COMPOSITE_TYPES, DOMAINS, ENUMS, EXTENSIONS, RANGE_TYPES, SCHEMAS } from "./types";

/** What the objects of a schema are read with; `timescaledb` only where that is installed. */
export const SCHEMA_QUERIES = {
  postgres: [
    EXTENSIONS,
    SCHEMAS,
    ENUMS,
    DOMAINS,
    COMPOSITE_TYPES,
    RANGE_TYPES,
    SEQUENCES,
    SEQUENCE_OWNERS,
    TABLES,
    COLUMNS,
    CONSTRAINTS,
    INDEXES,
    STATISTICS,
    VIEWS,
    ROUTINES,
    AGGREGATES,
    TRIGGERS,
    EVENT_TRIGGERS,
    RULES,
    POLICIES,
    COMMENTS,
    GRANTS,
  ],
  timescaledb: [CONTINUOUS_AGGREGATES, HYPERTABLES, COMPRESSION, JOBS],
} as const;
