import { FIRST_OWN_OID, isNoMember, isUserRelation, isUserSchema } from "./scope";

const isUserRoutine = `p.oid >= ${FIRST_OWN_OID} AND ${isUserSchema("p.pronamespace")} AND ${isNoMember("pg_proc", "p.oid")}
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')`;

export const ROUTINES = `
SELECT 'pg_proc:' || p.oid AS at, CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind,
  p.oid::regprocedure::text AS name, rtrim(pg_get_functiondef(p.oid), E'\\n') AS create,
  format('DROP %s %s', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.oid::regprocedure) AS drop,
  json_build_object('signature', concat_ws(' ', p.prokind, pg_get_function_arguments(p.oid), 'returns', pg_get_function_result(p.oid))) AS facts
FROM pg_proc p WHERE p.prokind IN ('f', 'p', 'w') AND ${isUserRoutine}`;

const part = (name: string, value: string, when: string) => `CASE WHEN ${when} THEN '${name} = ' || ${value} END`;
const routine = (name: string, column: string) => part(name, `a.${column}`, `a.${column} <> 0`);
const modify = (name: string, column: string) =>
  `CASE WHEN a.agg${column}modify <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END THEN '${name} = ' ||
    CASE a.agg${column}modify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END`;

export const AGGREGATES = `
SELECT 'pg_proc:' || p.oid AS at, 'aggregate' AS kind, p.oid::regprocedure::text AS name,
  format(E'CREATE AGGREGATE %s.%I(%s) (\\n  %s\\n)', p.pronamespace::regnamespace, p.proname,
    CASE WHEN p.pronargs = 0 THEN '*' ELSE pg_get_function_arguments(p.oid) END, concat_ws(E',\\n  ',
    'SFUNC = ' || a.aggtransfn, 'STYPE = ' || format_type(a.aggtranstype, NULL),
    ${part("SSPACE", "a.aggtransspace", "a.aggtransspace > 0")},
    ${routine("FINALFUNC", "aggfinalfn")}, CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END, ${modify("FINALFUNC_MODIFY", "final")},
    ${routine("COMBINEFUNC", "aggcombinefn")}, ${routine("SERIALFUNC", "aggserialfn")}, ${routine("DESERIALFUNC", "aggdeserialfn")},
    'INITCOND = ' || quote_literal(a.agginitval),
    ${routine("MSFUNC", "aggmtransfn")}, ${routine("MINVFUNC", "aggminvtransfn")},
    ${part("MSTYPE", "format_type(a.aggmtranstype, NULL)", "a.aggmtranstype <> 0")},
    ${part("MSSPACE", "a.aggmtransspace", "a.aggmtransspace > 0")},
    ${routine("MFINALFUNC", "aggmfinalfn")}, CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END, ${modify("MFINALFUNC_MODIFY", "mfinal")},
    'MINITCOND = ' || quote_literal(a.aggminitval),
    CASE WHEN a.aggsortop <> 0 THEN (SELECT format('SORTOP = OPERATOR(%I.%s)', s.nspname, o.oprname)
      FROM pg_operator o JOIN pg_namespace s ON s.oid = o.oprnamespace WHERE o.oid = a.aggsortop) END,
    CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = RESTRICTED' END,
    CASE a.aggkind WHEN 'h' THEN 'HYPOTHETICAL' END)) AS create, 'DROP AGGREGATE ' || p.oid::regprocedure AS drop
FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid WHERE ${isUserRoutine}`;

const enabled = (
  state: string,
  statement: string,
) => `CASE ${state} WHEN 'O' THEN '' ELSE ';' || chr(10) || ${statement}
    || CASE ${state} WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END`;

/** TimescaleDB puts its own on hypertables. */
export const TRIGGERS = `
SELECT 'pg_trigger:' || t.oid AS at, 'trigger' AS kind, format('%I ON %s', t.tgname, c.oid::regclass) AS name, 'pg_class:' || c.oid AS of,
  CASE t.tgparentid WHEN 0 THEN pg_get_triggerdef(t.oid) || ${enabled("t.tgenabled", "format('ALTER TABLE %s ', c.oid::regclass)")}
    || format(' TRIGGER %I', t.tgname) END ELSE '' END AS create,
  CASE t.tgparentid WHEN 0 THEN format('DROP TRIGGER %I ON %s', t.tgname, c.oid::regclass) ELSE '' END AS drop
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
  JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE NOT t.tgisinternal AND n.nspname !~ '^_timescaledb_' AND ${isUserRelation("c", "rpv")}`;

export const EVENT_TRIGGERS = `
SELECT 'pg_event_trigger:' || e.oid AS at, 'event trigger' AS kind, quote_ident(e.evtname) AS name,
  format('CREATE EVENT TRIGGER %I ON %s%s EXECUTE FUNCTION %s()', e.evtname, e.evtevent,
    ' WHEN TAG IN (' || (SELECT string_agg(quote_literal(tag), ', ') FROM unnest(e.evttags) tag) || ')', e.evtfoid::regproc)
    || ${enabled("e.evtenabled", "format('ALTER EVENT TRIGGER %I ', e.evtname)")} END AS create,
  format('DROP EVENT TRIGGER %I', e.evtname) AS drop
FROM pg_event_trigger e WHERE e.oid >= ${FIRST_OWN_OID} AND ${isNoMember("pg_event_trigger", "e.oid")}`;

export const RULES = `
SELECT 'pg_rewrite:' || r.oid AS at, 'rule' AS kind, format('%I ON %s', r.rulename, c.oid::regclass) AS name,
  'pg_class:' || c.oid AS of, rtrim(pg_get_ruledef(r.oid), ';') || ${enabled("r.ev_enabled", "format('ALTER TABLE %s ', c.oid::regclass)")}
    || format(' RULE %I', r.rulename) END AS create, format('DROP RULE %I ON %s', r.rulename, c.oid::regclass) AS drop
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN' AND ${isUserRelation("c", "rpv")}`;

const roles = `(SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ') FROM unnest(p.polroles) r)`;

export const POLICIES = `
SELECT 'pg_policy:' || p.oid AS at, 'policy' AS kind, format('%I ON %s', p.polname, c.oid::regclass) AS name,
  'pg_class:' || c.oid AS of, concat_ws(' ', format('CREATE POLICY %I ON %s', p.polname, c.oid::regclass),
    CASE WHEN NOT p.polpermissive THEN 'AS RESTRICTIVE' END,
    CASE p.polcmd WHEN 'r' THEN 'FOR SELECT' WHEN 'a' THEN 'FOR INSERT' WHEN 'w' THEN 'FOR UPDATE' WHEN 'd' THEN 'FOR DELETE' END,
    'TO ' || ${roles}, 'USING (' || pg_get_expr(p.polqual, c.oid) || ')',
    'WITH CHECK (' || pg_get_expr(p.polwithcheck, c.oid) || ')') AS create,
  format('DROP POLICY %I ON %s', p.polname, c.oid::regclass) AS drop,
  (SELECT json_agg(quote_ident(pg_get_userbyid(r))) FROM unnest(p.polroles) r WHERE r <> 0) AS roles
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE ${isUserRelation("c", "rp")}`;
