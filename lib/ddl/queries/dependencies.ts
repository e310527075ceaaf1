import { FIRST_OWN_OID, isUserSchema } from "./scope";

/**
 * Other addresses of the same thing, so that what depends on a part is seen to depend on the whole: a view's rule is the view, a
 * table's row type the table, a key's index the constraint, an extension's member the extension.
 */
export const ALIASES = `
SELECT 'pg_rewrite:' || oid, 'pg_class:' || ev_class FROM pg_rewrite WHERE rulename = '_RETURN' AND oid >= ${FIRST_OWN_OID}
UNION ALL SELECT 'pg_attrdef:' || oid, 'pg_class:' || adrelid || '.' || adnum FROM pg_attrdef
UNION ALL SELECT CASE c.relkind WHEN 'c' THEN 'pg_class:' || c.oid ELSE 'pg_type:' || t.oid END,
  CASE c.relkind WHEN 'c' THEN 'pg_type:' || t.oid ELSE 'pg_class:' || c.oid END
  FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid WHERE t.oid >= ${FIRST_OWN_OID}
UNION ALL SELECT 'pg_type:' || typarray, 'pg_type:' || oid FROM pg_type WHERE typarray >= ${FIRST_OWN_OID}
UNION ALL SELECT 'pg_type:' || rngmultitypid, 'pg_type:' || rngtypid FROM pg_range WHERE rngtypid >= ${FIRST_OWN_OID}
UNION ALL SELECT 'pg_proc:' || objid, 'pg_type:' || refobjid FROM pg_depend
  WHERE classid = 'pg_proc'::regclass AND refclassid = 'pg_type'::regclass AND deptype = 'i'
UNION ALL SELECT 'pg_class:' || conindid, 'pg_constraint:' || oid FROM pg_constraint WHERE contype IN ('p', 'u', 'x') AND oid >= ${FIRST_OWN_OID}
UNION ALL SELECT 'pg_constraint:' || oid, 'pg_type:' || contypid FROM pg_constraint WHERE contypid <> 0 AND oid >= ${FIRST_OWN_OID}
UNION ALL SELECT 'pg_class:' || objid, 'pg_class:' || refobjid || '.' || refobjsubid FROM pg_depend
  WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND deptype = 'i' AND refobjsubid > 0
UNION ALL SELECT classid::regclass || ':' || objid, 'pg_extension:' || refobjid FROM pg_depend WHERE deptype = 'e'`;

const address = (prefix: string) =>
  `concat(d.${prefix}classid::regclass, ':', d.${prefix}objid, CASE WHEN d.${prefix}objsubid > 0 THEN '.' || d.${prefix}objsubid END)`;

/** What needs what. What a sequence needs is told by its owner; what TimescaleDB keeps for itself is not followed. */
export const DEPENDENCIES = `
SELECT ${address("")}, ${address("ref")} FROM pg_depend d
WHERE d.objid >= ${FIRST_OWN_OID} AND d.refobjid >= ${FIRST_OWN_OID} AND d.deptype IN ('n', 'a', 'i')
  AND NOT (d.classid = 'pg_class'::regclass AND EXISTS (SELECT FROM pg_class c WHERE c.oid = d.objid
    AND (c.relkind = 'S' OR NOT ${isUserSchema("c.relnamespace")})))
  AND NOT (d.classid = 'pg_constraint'::regclass AND EXISTS (SELECT FROM pg_constraint k WHERE k.oid = d.objid
    AND NOT ${isUserSchema("k.connamespace")}))`;
