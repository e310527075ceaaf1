import { isUserRelation } from "./scope";

const SEQUENCE_OPTIONS = `'start', q.seqstart::text, 'increment', q.seqincrement::text, 'min', q.seqmin::text,
    'max', q.seqmax::text, 'cache', q.seqcache::text, 'cycle', q.seqcycle`;

/** Those of identity columns are told with the column. */
export const SEQUENCES = `
SELECT 'pg_class:' || c.oid AS at, 'sequence' AS kind, c.oid::regclass::text AS name, json_build_object(
    'unlogged', c.relpersistence = 'u', 'type', format_type(q.seqtypid, NULL), ${SEQUENCE_OPTIONS}) AS facts
FROM pg_class c JOIN pg_sequence q ON q.seqrelid = c.oid
WHERE ${isUserRelation("c", "S")} AND NOT EXISTS (SELECT FROM pg_depend d
  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')`;

/** A sequence that goes with a column, as one that \`serial\` made does. */
export const SEQUENCE_OWNERS = `
SELECT 'owner:' || c.oid AS at, 'sequence owner' AS kind, c.oid::regclass::text AS name, 'pg_class:' || c.oid AS of,
  json_build_array('pg_class:' || a.attrelid || '.' || a.attnum) AS needs,
  format('ALTER SEQUENCE %s OWNED BY %s.%I', c.oid::regclass, a.attrelid::regclass, a.attname) AS create,
  format('ALTER SEQUENCE %s OWNED BY NONE', c.oid::regclass) AS drop
FROM pg_class c JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'a'
    AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
  JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE ${isUserRelation("c", "S")}`;

export const TABLES = `
SELECT 'pg_class:' || c.oid AS at, 'table' AS kind, c.oid::regclass::text AS name, json_build_object(
    'unlogged', c.relpersistence = 'u',
    'partitionKey', CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END,
    'parents', coalesce((SELECT json_agg(inhparent::regclass::text ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = c.oid), '[]'),
    'bound', pg_get_expr(c.relpartbound, c.oid),
    'options', coalesce(array_to_json(c.reloptions), '[]'),
    'rowSecurity', c.relrowsecurity, 'forceRowSecurity', c.relforcerowsecurity,
    'replicaIdentity', CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' END) AS facts
FROM pg_class c WHERE ${isUserRelation("c", "rp")} AND c.relpersistence <> 't'`;

export const COLUMNS = `
SELECT 'pg_class:' || c.oid || '.' || a.attnum AS at, 'column' AS kind, 'pg_class:' || c.oid AS of,
  format('%s.%I', c.oid::regclass, a.attname) AS name, json_build_object(
    'table', c.oid::regclass::text, 'column', quote_ident(a.attname), 'position', a.attnum,
    'type', format_type(a.atttypid, a.atttypmod),
    'collation', CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
    'notNull', a.attnotnull,
    'default', CASE a.attgenerated WHEN '' THEN pg_get_expr(d.adbin, d.adrelid) END,
    'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
    'isVirtual', a.attgenerated = 'v',
    'identity', CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END,
    'identityOptions', (SELECT json_build_object(${SEQUENCE_OPTIONS}) FROM pg_depend i JOIN pg_sequence q ON q.seqrelid = i.objid
      WHERE i.classid = 'pg_class'::regclass AND i.refclassid = 'pg_class'::regclass AND i.refobjid = c.oid
        AND i.refobjsubid = a.attnum AND i.deptype = 'i'),
    'storage', CASE WHEN a.attstorage <> t.typstorage THEN
      CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
    'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
    'inherited', CASE WHEN a.attinhcount > 0 THEN json_build_object('notNull', p.attnotnull, 'default', p.expression) END) AS facts
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  LEFT JOIN LATERAL (SELECT bool_or(x.attnotnull) AS attnotnull, max(pg_get_expr(y.adbin, y.adrelid)) AS expression
    FROM pg_inherits i JOIN pg_attribute x ON x.attrelid = i.inhparent AND x.attname = a.attname
      LEFT JOIN pg_attrdef y ON y.adrelid = x.attrelid AND y.adnum = x.attnum WHERE i.inhrelid = c.oid) p ON a.attinhcount > 0
WHERE ${isUserRelation("c", "rp")} AND c.relpersistence <> 't'`;

/**
 * NOT NULL is the column's. What a partition or child has from its parent comes with that, and is its own once it leaves it. Each
 * partition that a foreign key leads to has a row too: those are no constraints to a person.
 */
export const CONSTRAINTS = `
SELECT 'pg_constraint:' || k.oid AS at, CASE k.contype WHEN 'f' THEN 'foreign key' ELSE 'constraint' END AS kind,
  format('%I ON %s', k.conname, c.oid::regclass) AS name, 'pg_class:' || c.oid AS of, json_build_object(
    'table', c.oid::regclass::text, 'name', quote_ident(k.conname),
    'inline', format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)),
    'isSeparate', k.contype = 'f' OR NOT k.convalidated, 'isInherited', k.coninhcount > 0) AS facts
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_constraint p ON p.oid = k.conparentid
WHERE k.contype IN ('p', 'u', 'x', 'c', 'f') AND p.conrelid IS DISTINCT FROM k.conrelid AND ${isUserRelation("c", "rp")}`;

export const INDEXES = `
SELECT 'pg_class:' || x.oid AS at, 'index' AS kind, x.oid::regclass::text AS name, 'pg_class:' || c.oid AS of,
  CASE WHEN x.relispartition THEN '' WHEN x.relkind = 'I' THEN regexp_replace(pg_get_indexdef(x.oid), ' ON ONLY ', ' ON ')
    ELSE pg_get_indexdef(x.oid) END AS create, CASE WHEN x.relispartition THEN '' ELSE 'DROP INDEX ' || x.oid::regclass END AS drop
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
WHERE ${isUserRelation("c", "rpm")} AND NOT EXISTS (SELECT FROM pg_constraint k
  WHERE k.conindid = x.oid AND k.contype IN ('p', 'u', 'x'))`;

export const STATISTICS = `
SELECT 'pg_statistic_ext:' || s.oid AS at, 'statistics' AS kind, format('%I.%I', n.nspname, s.stxname) AS name,
  'pg_class:' || c.oid AS of, pg_get_statisticsobjdef(s.oid) AS create,
  format('DROP STATISTICS %I.%I', n.nspname, s.stxname) AS drop
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace JOIN pg_class c ON c.oid = s.stxrelid
WHERE ${isUserRelation("c", "rpm")}`;

export const VIEWS = `
SELECT 'pg_class:' || c.oid AS at, CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END AS kind,
  c.oid::regclass::text AS name, format('CREATE %s %s%s AS%s%s%s',
    CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, c.oid::regclass,
    ' WITH (' || array_to_string(c.reloptions, ', ') || ')', chr(10), rtrim(pg_get_viewdef(c.oid), ';'),
    CASE c.relkind WHEN 'm' THEN chr(10) || 'WITH NO DATA' END) AS create,
  format('DROP %s %s', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, c.oid::regclass) AS drop,
  json_build_object('columns', (SELECT json_agg(json_build_object('name', quote_ident(attname),
    'type', format_type(atttypid, atttypmod)) ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0)) AS facts
FROM pg_class c WHERE ${isUserRelation("c", "vm")} AND c.relpersistence <> 't'`;
