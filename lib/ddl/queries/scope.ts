/** Where users' objects are: not in Postgres's own schemas, and not in those that TimescaleDB keeps for itself. */
export const isUserSchema = (oid: string): string =>
  `${oid} IN (SELECT oid FROM pg_namespace WHERE nspname !~ '^(pg_|_timescaledb_)'
    AND nspname NOT IN ('information_schema', 'timescaledb_information', 'timescaledb_experimental'))`;

/** Extensions bring their members with them. */
export const isNoMember = (catalogue: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend m WHERE m.classid = '${catalogue}'::regclass AND m.objid = ${oid}
    AND m.deptype = 'e')`;

/** Oids below are of what every database has. */
export const FIRST_OWN_OID = 16_384;

/** The relations of a kind that users made. */
export const isUserRelation = (alias: string, kinds: string): string =>
  `${alias}.relkind IN (${[...kinds].map((kind) => `'${kind}'`).join(", ")}) AND ${alias}.oid >= ${FIRST_OWN_OID}
    AND ${isUserSchema(`${alias}.relnamespace`)} AND ${isNoMember("pg_class", `${alias}.oid`)}`;
