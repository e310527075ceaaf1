import { FIRST_OWN_OID, isUserRelation, isUserSchema } from "./scope";

/** Of objects and columns. An extension brings its own. */
export const COMMENTS = `
SELECT 'comment' AS kind, concat(d.classoid::regclass, ':', d.objoid, CASE WHEN d.objsubid > 0 THEN '.' || d.objsubid END) AS of,
  format('%s %s', i.words, i.identity) AS name,
  format('COMMENT ON %s %s IS %L', i.words, i.identity, d.description) AS create,
  format('COMMENT ON %s %s IS NULL', i.words, i.identity) AS drop
FROM pg_description d, LATERAL (SELECT CASE type WHEN 'domain constraint' THEN replace(identity, ' on ', ' ON DOMAIN ') ELSE identity END AS identity, upper(CASE WHEN type LIKE '% column' THEN 'column'
    WHEN type LIKE '% constraint' THEN 'constraint' WHEN type = 'statistics object' THEN 'statistics' ELSE type END) AS words
  FROM pg_identify_object(d.classoid, d.objoid, d.objsubid)) i
WHERE d.objoid >= ${FIRST_OWN_OID} AND d.classoid <> 'pg_extension'::regclass`;

/**
 * Who may do what, where it is not what the kind of object begins with: for each grantee but the owner what is granted, and what
 * would be without a grant.
 */
export const GRANTS = `
WITH rights (at, words, columns, owner, acl, initial) AS (
  SELECT 'pg_class:' || c.oid, CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::regclass, '', c.relowner, c.relacl,
    acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner) FROM pg_class c WHERE ${isUserRelation("c", "rpvmS")}
  UNION ALL
  SELECT 'pg_class:' || c.oid || '.' || a.attnum, 'TABLE ' || c.oid::regclass, format(' (%I)', a.attname), c.relowner, a.attacl, NULL::aclitem[]
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped WHERE ${isUserRelation("c", "rpvm")}
  UNION ALL
  SELECT 'pg_proc:' || p.oid, 'ROUTINE ' || p.oid::regprocedure, '', p.proowner, p.proacl, acldefault('f', p.proowner)
  FROM pg_proc p WHERE p.oid >= ${FIRST_OWN_OID} AND ${isUserSchema("p.pronamespace")}
  UNION ALL
  SELECT 'pg_type:' || t.oid, CASE t.typtype WHEN 'd' THEN 'DOMAIN ' ELSE 'TYPE ' END || t.oid::regtype, '', t.typowner, t.typacl,
    acldefault('T', t.typowner) FROM pg_type t WHERE t.oid >= ${FIRST_OWN_OID} AND ${isUserSchema("t.typnamespace")}
  UNION ALL
  SELECT 'pg_namespace:' || n.oid, 'SCHEMA ' || quote_ident(n.nspname), '', n.nspowner, n.nspacl,
    coalesce((SELECT initprivs FROM pg_init_privs i WHERE i.classoid = 'pg_namespace'::regclass AND i.objoid = n.oid),
      acldefault('n', n.nspowner)) FROM pg_namespace n WHERE ${isUserSchema("n.oid")}
)
SELECT 'grant' AS kind, r.at AS of, r.words, r.columns, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END AS grantee,
  (SELECT json_agg(json_build_array(privilege_type, is_grantable) ORDER BY privilege_type) FROM aclexplode(r.acl) x
    WHERE x.grantee = g.grantee) AS granted,
  (SELECT json_agg(json_build_array(privilege_type, is_grantable) ORDER BY privilege_type) FROM aclexplode(r.initial) x
    WHERE x.grantee = g.grantee) AS initially
FROM rights r, LATERAL (SELECT grantee FROM aclexplode(r.acl) UNION SELECT grantee FROM aclexplode(r.initial)) g
WHERE r.acl IS NOT NULL AND g.grantee <> r.owner`;
