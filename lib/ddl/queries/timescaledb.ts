/** The schema that the extension's functions are in. */
const functions = "(SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'timescaledb')";
const relation = (schema: string, name: string) => `format('%I.%I', ${schema}, ${name})::regclass`;
const hypertable = relation("d.hypertable_schema", "d.hypertable_name");
const isUserHypertable = "d.hypertable_schema !~ '^_timescaledb_'";

/** Chunks are TimescaleDB's, in whatever schema they are. */
export const CHUNKS = `
SELECT 'pg_class:' || ${relation("schema_name", "table_name")}::oid FROM _timescaledb_catalog.chunk WHERE NOT dropped
  AND schema_name !~ '^_timescaledb_'`;

const interval = "coalesce('INTERVAL ' || quote_literal(d.time_interval::text), d.integer_interval::text)";

export const HYPERTABLES = `
SELECT 'hypertable:' || r.table::oid AS at, 'hypertable' AS kind, r.table::text AS name, 'pg_class:' || r.table::oid AS of,
  json_build_object('table', r.table::text, 'functions', ${functions}, 'interval', r.interval, 'dimensions', r.dimensions) AS facts,
  format('SELECT %s.create_hypertable(%L, %s.by_range(%L, %s), create_default_indexes => false)', ${functions}, r.table, ${functions}, r.first, r.interval)
    || r.others AS create, '' AS drop
FROM (SELECT ${hypertable} AS table,
    min(d.column_name) FILTER (WHERE d.dimension_number = 1) AS first,
    min(${interval}) FILTER (WHERE d.dimension_number = 1) AS interval,
    coalesce(string_agg(format(E';\\nSELECT %s.add_dimension(%L, %s.%s)', ${functions}, ${hypertable}, ${functions}, CASE d.dimension_type
      WHEN 'Time' THEN format('by_range(%L, %s)', d.column_name, ${interval}) ELSE format('by_hash(%L, %s)', d.column_name, d.num_partitions) END),
      '' ORDER BY d.dimension_number) FILTER (WHERE d.dimension_number > 1), '')
    || coalesce(max(format(E';\\nSELECT %s.set_integer_now_func(%L, %L)', ${functions}, ${hypertable},
      format('%I.%I', d.integer_now_func_schema, d.integer_now_func))) FILTER (WHERE d.integer_now_func IS NOT NULL), '') AS others,
    string_agg(concat_ws(' ', d.column_name, d.num_partitions, CASE WHEN d.dimension_number > 1 THEN ${interval} END, d.integer_now_func),
      ', ' ORDER BY d.dimension_number) AS dimensions
  FROM (SELECT v.*, (SELECT x.integer_now_func_schema FROM _timescaledb_catalog.dimension x
      JOIN _timescaledb_catalog.hypertable h ON h.id = x.hypertable_id WHERE h.schema_name = v.hypertable_schema
        AND h.table_name = v.hypertable_name AND x.column_name = v.column_name) AS integer_now_func_schema
    FROM timescaledb_information.dimensions v) d
  WHERE ${isUserHypertable} GROUP BY 1) r`;

const userView = relation("user_view_schema", "user_view_name");

/** The relations behind a continuous aggregate are the aggregate. */
export const AGGREGATE_ALIASES = `
SELECT 'pg_class:' || x.oid, 'pg_class:' || ${userView}::oid FROM _timescaledb_catalog.continuous_agg a
  JOIN _timescaledb_catalog.hypertable h ON h.id = a.mat_hypertable_id,
  LATERAL (VALUES (${relation("h.schema_name", "h.table_name")}::oid), (${relation("direct_view_schema", "direct_view_name")}::oid),
    (${relation("partial_view_schema", "partial_view_name")}::oid)) x (oid)`;

export const CONTINUOUS_AGGREGATES = `
SELECT 'pg_class:' || v.view::oid AS at, 'continuous aggregate' AS kind, v.view::text AS name,
  json_build_array('hypertable:' || v.raw::oid) AS needs,
  format(E'CREATE MATERIALIZED VIEW %s WITH (timescaledb.continuous, timescaledb.materialized_only = %s) AS\\n%s\\nWITH NO DATA',
    v.view, v.materialized_only, rtrim(v.view_definition, ';')) AS create, 'DROP MATERIALIZED VIEW ' || v.view AS drop
FROM (SELECT *, ${relation("view_schema", "view_name")} AS view, ${relation("hypertable_schema", "hypertable_name")} AS raw
  FROM timescaledb_information.continuous_aggregates) v`;

export const COMPRESSION = `
SELECT 'compression:' || s.target::oid AS at, 'compression' AS kind, s.target::text AS name, 'pg_class:' || s.target::oid AS of,
  json_build_array('hypertable:' || s.target::oid) AS needs,
  format('ALTER %s %s SET (%s)', s.words, s.target, concat_ws(', ', 'timescaledb.compress',
    'timescaledb.compress_segmentby = ' || quote_literal(s.segmentby), 'timescaledb.compress_orderby = ' || quote_literal(s.orderby),
    'timescaledb.compress_chunk_time_interval = ' || quote_literal(s.compress_interval_length))) AS create,
  format('ALTER %s %s SET (timescaledb.compress = false)', s.words, s.target) AS drop
FROM (SELECT c.*, ${relation("h.hypertable_schema", "h.hypertable_name")} AS target, 'TABLE' AS words
    FROM timescaledb_information.hypertables h
      JOIN timescaledb_information.hypertable_columnstore_settings c ON c.hypertable = ${relation("h.hypertable_schema", "h.hypertable_name")}
    WHERE h.compression_enabled AND h.hypertable_schema !~ '^_timescaledb_'
  UNION ALL SELECT c.*, ${relation("a.view_schema", "a.view_name")}, 'MATERIALIZED VIEW'
    FROM timescaledb_information.continuous_aggregates a JOIN timescaledb_information.hypertable_columnstore_settings c
      ON c.hypertable = ${relation("a.materialization_hypertable_schema", "a.materialization_hypertable_name")}
    WHERE a.compression_enabled) s`;

const setting = (
  name: string,
) => `CASE jsonb_typeof(j.config -> '${name}') WHEN 'string' THEN format('INTERVAL %L', j.config ->> '${name}')
  WHEN 'number' THEN j.config ->> '${name}' ELSE 'NULL' END`;
const every = "format('schedule_interval => INTERVAL %L', j.schedule_interval::text)";
const after = (name: string, created: string) =>
  `CASE WHEN j.config ? '${created}' THEN '${created} => ' || ${setting(created)} ELSE '${name} => ' || ${setting(name)} END`;
const policy = (name: string, settings: string) =>
  `format('SELECT %s.add_${name}_policy(%L, %s)', ${functions}, j.target, concat_ws(', ', ${settings}))`;

/** Policies, and jobs that users added. Whether one is running and when it runs next is not part of a schema. */
export const JOBS = `
SELECT 'job' AS kind, 'pg_class:' || j.target::oid AS of, concat_ws(' ', p.word, 'policy on', j.target) AS name,
  json_build_array('hypertable:' || j.target::oid, 'compression:' || j.target::oid) AS needs, CASE p.word
    WHEN 'retention' THEN ${policy("retention", `${after("drop_after", "drop_created_before")}, ${every}`)}
    WHEN 'compression' THEN ${policy("compression", `${after("compress_after", "compress_created_before")}, ${every}`)}
    WHEN 'continuous_aggregate' THEN ${policy("continuous_aggregate", `'start_offset => ' || ${setting("start_offset")}, 'end_offset => ' || ${setting("end_offset")}, ${every}`)}
    WHEN 'reorder' THEN ${policy("reorder", "quote_literal(j.config ->> 'index_name')")} END AS create,
  format('SELECT %s.remove_%s_policy(%L)', ${functions}, p.word, j.target) AS drop
FROM (SELECT *, ${relation("hypertable_schema", "hypertable_name")} AS target FROM timescaledb_information.jobs
    WHERE hypertable_name IS NOT NULL AND hypertable_schema !~ '^_timescaledb_') j
  JOIN (VALUES ('policy_retention', 'retention'), ('policy_compression', 'compression'), ('policy_reorder', 'reorder'),
    ('policy_refresh_continuous_aggregate', 'continuous_aggregate')) p (proc, word) ON p.proc = j.proc_name
UNION ALL
SELECT 'job', NULL, concat_ws(' ', u.proc, u.rank), json_build_array('pg_proc:' || to_regprocedure(u.proc || '(integer, jsonb)')::oid),
  format('SELECT %s.add_job(%L, INTERVAL %L%s%s)', ${functions}, u.proc, u.schedule_interval::text,
    ', config => ' || quote_literal(u.config), CASE WHEN NOT u.fixed_schedule THEN ', fixed_schedule => false' END),
  format('SELECT %s.delete_job(job_id) FROM timescaledb_information.jobs WHERE proc_schema = %L AND proc_name = %L AND config IS NOT DISTINCT FROM %L',
    ${functions}, u.proc_schema, u.proc_name, u.config)
FROM (SELECT *, format('%I.%I', proc_schema, proc_name) AS proc,
    nullif(row_number() OVER (PARTITION BY proc_schema, proc_name ORDER BY job_id), 1) AS rank
  FROM timescaledb_information.jobs WHERE proc_schema !~ '^_timescaledb_') u`;
