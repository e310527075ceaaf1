import { FIRST_OWN_OID, isNoMember, isUserSchema } from "./scope";

export const EXTENSIONS = `
SELECT 'pg_extension:' || e.oid AS at, 'extension' AS kind, quote_ident(extname) AS name,
  format('CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA %I', extname, nspname) AS create,
  format('DROP EXTENSION %I', extname) AS drop, json_build_object('version', extversion) AS facts
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.oid >= ${FIRST_OWN_OID}`;

/** Every database begins with one named public, so making it again must be harmless. */
export const SCHEMAS = `
SELECT 'pg_namespace:' || n.oid AS at, 'schema' AS kind, quote_ident(nspname) AS name,
  CASE nspname WHEN 'public' THEN 'CREATE SCHEMA IF NOT EXISTS public' ELSE format('CREATE SCHEMA %I', nspname) END AS create,
  format('DROP SCHEMA %I', nspname) AS drop
FROM pg_namespace n WHERE ${isUserSchema("n.oid")} AND ${isNoMember("pg_namespace", "n.oid")}`;

const isUserType = `t.oid >= ${FIRST_OWN_OID} AND ${isUserSchema("t.typnamespace")} AND ${isNoMember("pg_type", "t.oid")}`;
const named = "'pg_type:' || t.oid AS at, t.oid::regtype::text AS name";

export const ENUMS = `
SELECT ${named}, 'enum' AS kind,
  json_build_object('labels', (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)) AS facts
FROM pg_type t WHERE t.typtype = 'e' AND ${isUserType}`;

export const DOMAINS = `
SELECT ${named}, 'domain' AS kind, json_build_object(
    'type', format_type(t.typbasetype, t.typtypmod), 'notNull', t.typnotnull, 'default', t.typdefault,
    'collation', CASE WHEN t.typcollation <> b.typcollation THEN t.typcollation::regcollation::text END,
    'checks', coalesce((SELECT json_agg(json_build_object('name', quote_ident(conname),
      'definition', pg_get_constraintdef(k.oid)) ORDER BY conname) FROM pg_constraint k
      WHERE contypid = t.oid AND contype = 'c'), '[]')) AS facts
FROM pg_type t JOIN pg_type b ON b.oid = t.typbasetype WHERE t.typtype = 'd' AND ${isUserType}`;

export const COMPOSITE_TYPES = `
SELECT ${named}, 'composite type' AS kind, json_build_object('attributes', coalesce((
    SELECT json_agg(json_build_object('name', quote_ident(attname), 'type', format_type(atttypid, atttypmod)
      || CASE WHEN attcollation <> y.typcollation THEN ' COLLATE ' || attcollation::regcollation ELSE '' END)
      ORDER BY attnum)
    FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped
  ), '[]')) AS facts
FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c' WHERE ${isUserType}`;

export const RANGE_TYPES = `
SELECT ${named}, 'range type' AS kind, format('CREATE TYPE %s AS RANGE (%s)', t.oid::regtype, concat_ws(', ',
    'SUBTYPE = ' || format_type(r.rngsubtype, NULL),
    CASE WHEN NOT o.opcdefault THEN format('SUBTYPE_OPCLASS = %I.%I', s.nspname, o.opcname) END,
    CASE WHEN r.rngcollation <> b.typcollation THEN 'COLLATION = ' || r.rngcollation::regcollation END,
    CASE WHEN r.rngcanonical <> 0 THEN 'CANONICAL = ' || r.rngcanonical END,
    CASE WHEN r.rngsubdiff <> 0 THEN 'SUBTYPE_DIFF = ' || r.rngsubdiff END,
    'MULTIRANGE_TYPE_NAME = ' || r.rngmultitypid::regtype)) AS create, 'DROP TYPE ' || t.oid::regtype AS drop
FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_type b ON b.oid = r.rngsubtype
  JOIN pg_opclass o ON o.oid = r.rngsubopc JOIN pg_namespace s ON s.oid = o.opcnamespace WHERE ${isUserType}`;
