import { FIRST_OWN_OID, isNoMember, isUserSchema } from "./scope";

const counted = (what: string, catalogue: string, condition = "true") =>
  `SELECT '${what}' AS what, count(*)::int AS count FROM ${catalogue} x
   WHERE x.oid >= ${FIRST_OWN_OID} AND ${isNoMember(catalogue, "x.oid")} AND ${condition}`;

/** Things that users made and that are no part of the schema, for whoever has to take them along by hand. */
export const LEFT_OUT = [
  counted("foreign tables", "pg_class", `x.relkind = 'f' AND ${isUserSchema("x.relnamespace")}`),
  counted("foreign servers", "pg_foreign_server"),
  counted("foreign-data wrappers", "pg_foreign_data_wrapper"),
  counted("publications", "pg_publication"),
  counted(
    "casts",
    "pg_cast",
    `NOT EXISTS (SELECT FROM pg_depend i
    WHERE i.classid = 'pg_cast'::regclass AND i.objid = x.oid AND i.deptype = 'i')`,
  ),
  counted("operators", "pg_operator", isUserSchema("x.oprnamespace")),
  counted("operator classes", "pg_opclass", isUserSchema("x.opcnamespace")),
  counted("collations", "pg_collation", isUserSchema("x.collnamespace")),
  counted("text search configurations", "pg_ts_config", isUserSchema("x.cfgnamespace")),
  counted("base types", "pg_type", `x.typtype = 'b' AND x.typelem = 0 AND ${isUserSchema("x.typnamespace")}`),
  counted("default privileges", "pg_default_acl"),
].join("\nUNION ALL\n");

/** Objects that a schema would have: asked first, so that a huge one is refused before it is read. */
export const SIZE = `
SELECT ((SELECT count(*) FROM pg_class c WHERE c.oid >= ${FIRST_OWN_OID} AND ${isUserSchema("c.relnamespace")})
  + (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attnum > 0 AND c.relkind IN ('r', 'p')
      AND c.oid >= ${FIRST_OWN_OID} AND ${isUserSchema("c.relnamespace")})
  + (SELECT count(*) FROM pg_proc p WHERE p.oid >= ${FIRST_OWN_OID} AND ${isUserSchema("p.pronamespace")}
      AND ${isNoMember("pg_proc", "p.oid")}))::int`;
