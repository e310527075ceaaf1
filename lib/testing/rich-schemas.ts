/** A schema with something of every kind that plain Postgres has, and the ways in which they need each other. */
export const RICH_POSTGRES = `
CREATE ROLE reporting; CREATE ROLE "App User";
CREATE SCHEMA app; CREATE SCHEMA "Odd Name";
CREATE EXTENSION citext; CREATE EXTENSION pg_trgm WITH SCHEMA app; CREATE EXTENSION btree_gist;
CREATE TYPE app.mood AS ENUM ('sad', 'it''s ok', 'happy');
CREATE DOMAIN app.email AS citext CONSTRAINT has_at CHECK (VALUE ~ '@') NOT NULL;
CREATE DOMAIN app.cents AS bigint DEFAULT 0 CHECK (VALUE >= 0);
CREATE TYPE app.address AS (street text, zip varchar(10), tags text[]);
CREATE TYPE app.span AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi);
CREATE SEQUENCE app.tickets AS integer INCREMENT BY 5 START WITH 100 MAXVALUE 100000 CYCLE;
CREATE SEQUENCE app.countdown INCREMENT BY -1;
CREATE TABLE app.users (
  id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000 INCREMENT BY 2) PRIMARY KEY,
  email app.email UNIQUE, name text COLLATE "C" NOT NULL DEFAULT 'nobody',
  mood app.mood DEFAULT 'happy', home app.address, balance app.cents,
  created timestamptz NOT NULL DEFAULT now(), spans app.span[],
  lower_name text GENERATED ALWAYS AS (lower(name)) STORED,
  CHECK (length(name) < 100), CONSTRAINT "no admins" CHECK (name <> 'admin') NOT VALID
);
ALTER TABLE app.users ALTER home SET STORAGE EXTERNAL;
CREATE TABLE app.orders (id serial PRIMARY KEY, user_id bigint NOT NULL REFERENCES app.users ON DELETE CASCADE DEFERRABLE,
  ticket int DEFAULT nextval('app.tickets'), during tstzrange, total numeric(12,2) CHECK (total >= 0), parent int REFERENCES app.orders,
  EXCLUDE USING gist (user_id WITH =, during WITH &&)) WITH (fillfactor=70);
CREATE TABLE "Odd Name"."Select" ("from" int, "Group By" text, PRIMARY KEY ("from"));
CREATE UNLOGGED TABLE scratch (a int);
CREATE TABLE ping (id int PRIMARY KEY, pong int); CREATE TABLE pong (id int PRIMARY KEY, ping int REFERENCES ping);
ALTER TABLE ping ADD FOREIGN KEY (pong) REFERENCES pong;
CREATE TABLE events (at timestamptz NOT NULL, kind text NOT NULL, payload jsonb DEFAULT '{}', PRIMARY KEY (at, kind)) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (kind);
CREATE TABLE events_2026_a PARTITION OF events_2026 FOR VALUES IN ('a');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
ALTER TABLE events_rest ALTER payload SET DEFAULT '{"rest": true}';
CREATE INDEX events_kind ON events (kind);
CREATE INDEX rest_payload ON events_rest USING gin (payload);
CREATE TABLE base (a int, b text DEFAULT 'x'); CREATE TABLE derived (c int) INHERITS (base);
CREATE INDEX users_name ON app.users (lower(name), id DESC) INCLUDE (created) WHERE name <> '';
CREATE INDEX users_trgm ON app.users USING gin (name app.gin_trgm_ops);
CREATE STATISTICS app.s1 (dependencies) ON id, name FROM app.users;
CREATE FUNCTION app.total(u app.users) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT sum(total) FROM app.orders o WHERE o.user_id = u.id';
CREATE FUNCTION app.add(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT a + b; END;
CREATE PROCEDURE app.clean(INOUT n int) LANGUAGE plpgsql AS $$ BEGIN DELETE FROM app.orders; n := 1; END $$;
CREATE AGGREGATE app.mysum(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl, PARALLEL = SAFE);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN NEW.name := NEW.name || '$$'; RETURN NEW; END $f$;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF name ON app.users FOR EACH ROW WHEN (NEW.name IS NOT NULL) EXECUTE FUNCTION app.touch();
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON app.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.touch();
ALTER TABLE app.users DISABLE TRIGGER touch;
CREATE FUNCTION app.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION app.on_ddl();
CREATE VIEW app.rich WITH (security_barrier=true) AS SELECT u.*, app.total(u) AS spent FROM app.users u WHERE balance > 100;
CREATE VIEW app.richer AS SELECT id, spent FROM app.rich WHERE spent > 1000 WITH CASCADED CHECK OPTION;
CREATE VIEW app.grouped AS SELECT id, name, count(*) AS n FROM app.users GROUP BY id;
CREATE MATERIALIZED VIEW app.daily AS SELECT date_trunc('day', created) AS day, count(*) AS n FROM app.users GROUP BY 1;
CREATE UNIQUE INDEX daily_day ON app.daily (day);
CREATE VIEW v_a AS SELECT 1 AS x; CREATE VIEW v_b AS SELECT x FROM v_a; 
CREATE OR REPLACE VIEW v_a AS SELECT b.x FROM v_b b;
CREATE RULE no_delete AS ON DELETE TO app.orders DO INSTEAD NOTHING;
ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY; ALTER TABLE app.orders FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON app.orders AS RESTRICTIVE FOR UPDATE TO reporting, "App User" USING (user_id > 0) WITH CHECK (total < 100);
COMMENT ON TABLE app.users IS 'People''s table'; COMMENT ON COLUMN app.users.name IS 'The name'; COMMENT ON FUNCTION app.add(int,int) IS 'adds';
COMMENT ON CONSTRAINT "no admins" ON app.users IS 'why'; COMMENT ON TRIGGER touch ON app.users IS 't'; COMMENT ON TYPE app.mood IS 'm'; COMMENT ON DOMAIN app.cents IS 'c';
COMMENT ON CONSTRAINT has_at ON DOMAIN app.email IS 'at'; COMMENT ON POLICY mine ON app.orders IS 'p'; COMMENT ON INDEX app.users_name IS 'i'; COMMENT ON VIEW app.rich IS 'v'; COMMENT ON COLUMN app.rich.spent IS 'vc';
COMMENT ON MATERIALIZED VIEW app.daily IS 'mv'; COMMENT ON SCHEMA app IS 's'; COMMENT ON SEQUENCE app.tickets IS 'q'; COMMENT ON AGGREGATE app.mysum(int) IS 'a'; COMMENT ON EVENT TRIGGER watch IS 'e'; COMMENT ON RULE no_delete ON app.orders IS 'r'; COMMENT ON STATISTICS app.s1 IS 'st'; COMMENT ON PROCEDURE app.clean(int) IS 'pr';
COMMENT ON COLUMN app.address.zip IS 'az';
GRANT USAGE ON SCHEMA app TO reporting; GRANT SELECT, INSERT ON app.users TO reporting; GRANT SELECT ON app.users TO "App User" WITH GRANT OPTION;
GRANT UPDATE (name) ON app.users TO reporting; REVOKE EXECUTE ON FUNCTION app.add(int,int) FROM PUBLIC; GRANT EXECUTE ON FUNCTION app.add(int,int) TO reporting;
GRANT USAGE ON SEQUENCE app.tickets TO reporting; REVOKE USAGE ON TYPE app.mood FROM PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA app TO PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE TABLE things (id int PRIMARY KEY); 
CREATE FUNCTION thing_ok(t things) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT t.id > 0';
ALTER TABLE things ADD COLUMN n int DEFAULT 1, ADD CONSTRAINT ok CHECK (thing_ok(things));
CREATE FUNCTION next_thing(t things DEFAULT NULL) RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER TABLE things ALTER n SET DEFAULT next_thing();
CREATE TABLE virt (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, r things);
`;

/** What TimescaleDB adds, with chunks. */
export const RICH_TIMESCALEDB = `
CREATE SCHEMA metrics;
CREATE TABLE metrics.readings (at timestamptz NOT NULL, device int NOT NULL, value float8, note text, UNIQUE (at, device));
SELECT create_hypertable('metrics.readings', by_range('at', interval '1 day'));
SELECT add_dimension('metrics.readings', by_hash('device', 4));
ALTER TABLE metrics.readings SET (timescaledb.compress, timescaledb.compress_segmentby = 'device', timescaledb.compress_orderby = 'at DESC');
CREATE MATERIALIZED VIEW metrics.daily WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
  SELECT time_bucket('1 day', at) AS day, device, sum(value) AS total FROM metrics.readings GROUP BY 1, 2 WITH NO DATA;
CREATE MATERIALIZED VIEW metrics.weekly WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
  SELECT time_bucket('7 day', day) AS week, sum(total) AS total FROM metrics.daily GROUP BY 1 WITH NO DATA;
ALTER MATERIALIZED VIEW metrics.daily SET (timescaledb.compress = true);
CREATE VIEW metrics.best AS SELECT week, total FROM metrics.weekly WHERE total > 10;
SELECT add_continuous_aggregate_policy('metrics.daily', start_offset => NULL, end_offset => interval '1 hour', schedule_interval => interval '1 hour');
SELECT add_retention_policy('metrics.readings', interval '30 days');
SELECT add_compression_policy('metrics.readings', interval '7 days');
CREATE TABLE ints (id bigint NOT NULL, v int);
SELECT create_hypertable('ints', by_range('id', 1000));
CREATE FUNCTION now_id() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 5::bigint';
SELECT set_integer_now_func('ints', 'now_id');
SELECT add_retention_policy('ints', bigint '100000');
CREATE PROCEDURE my_job(job_id int, config jsonb) LANGUAGE plpgsql AS $$ BEGIN END $$;
SELECT add_job('my_job', '1 h', config => '{"a": 1}');
CREATE INDEX readings_value ON metrics.readings (value) WHERE value > 0;
COMMENT ON VIEW metrics.daily IS 'by day';
GRANT SELECT ON metrics.daily TO postgres;
INSERT INTO metrics.readings SELECT '2026-01-01'::timestamptz + g * interval '1 hour', g % 5, g FROM generate_series(1, 50) g;
`;

/** Changes to the first of these schemas. Each may be impossible after others. */
export const SCHEMA_CHANGES = [
  "ALTER TABLE app.users ADD COLUMN age int CHECK (age > 0)",
  "ALTER TABLE app.users DROP COLUMN age",
  "ALTER TABLE app.users DROP COLUMN spans CASCADE",
  "ALTER TABLE app.users ADD COLUMN shout text GENERATED ALWAYS AS (upper(name)) STORED",
  "ALTER TABLE app.users ALTER name DROP DEFAULT",
  "ALTER TABLE app.users ALTER name SET DEFAULT 'somebody'",
  "ALTER TABLE app.users ALTER created DROP NOT NULL",
  "ALTER TABLE app.users ALTER id SET GENERATED BY DEFAULT SET INCREMENT BY 7",
  "ALTER TABLE app.users DROP CONSTRAINT users_name_check",
  "ALTER TABLE app.users ADD CONSTRAINT short CHECK (length(name) < 50) NOT VALID",
  "ALTER TABLE app.users VALIDATE CONSTRAINT short",
  "ALTER TABLE app.users ALTER home DROP DEFAULT, ALTER home SET STORAGE EXTENDED",
  "ALTER TABLE app.orders ALTER total TYPE numeric(20,4)",
  "ALTER TABLE app.orders ALTER ticket TYPE bigint",
  "ALTER TABLE app.orders ALTER ticket DROP DEFAULT",
  "ALTER TABLE app.orders DROP COLUMN ticket",
  "ALTER TABLE app.orders SET (fillfactor = 90, autovacuum_enabled = false)",
  "ALTER TABLE app.orders RESET (fillfactor)",
  "ALTER TABLE app.orders NO FORCE ROW LEVEL SECURITY",
  "ALTER TABLE app.orders DROP CONSTRAINT orders_user_id_fkey",
  "ALTER TABLE app.orders REPLICA IDENTITY FULL",
  "ALTER POLICY mine ON app.orders TO PUBLIC USING (user_id > 5)",
  "ALTER TYPE app.mood ADD VALUE 'meh' BEFORE 'happy'",
  "ALTER TYPE app.address ADD ATTRIBUTE country text",
  "ALTER TYPE app.address DROP ATTRIBUTE tags",
  "ALTER DOMAIN app.cents DROP DEFAULT",
  "ALTER DOMAIN app.cents ADD CONSTRAINT small CHECK (VALUE < 1000)",
  "ALTER DOMAIN app.cents SET NOT NULL",
  "ALTER SEQUENCE app.tickets INCREMENT BY 3 NO CYCLE",
  "ALTER SEQUENCE app.tickets OWNED BY app.orders.ticket",
  "CREATE OR REPLACE FUNCTION app.add(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b + 1'",
  "DROP FUNCTION app.add(int, int); CREATE FUNCTION app.add(x int, y int) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
  "CREATE OR REPLACE FUNCTION app.total(u app.users) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT 1.0'",
  "DROP FUNCTION app.total(app.users) CASCADE",
  "CREATE OR REPLACE VIEW app.grouped AS SELECT id, name, count(*) AS n, max(id) AS last FROM app.users GROUP BY id",
  "DROP VIEW app.grouped; CREATE VIEW app.grouped AS SELECT name FROM app.users",
  "DROP VIEW app.rich CASCADE",
  "CREATE VIEW app.moods AS SELECT mood, total FROM app.users JOIN app.orders ON user_id = users.id",
  "DROP MATERIALIZED VIEW app.daily",
  "CREATE MATERIALIZED VIEW app.daily AS SELECT name, ticket FROM app.users, app.orders",
  "DROP INDEX app.users_name; CREATE INDEX users_name ON app.users (name)",
  "DROP INDEX app.users_trgm",
  "CREATE UNIQUE INDEX events_at ON events (at, kind, payload)",
  "CREATE TABLE app.notes (id int PRIMARY KEY, user_id bigint REFERENCES app.users, mood app.mood DEFAULT 'sad')",
  "DROP TABLE app.notes",
  "DROP TABLE scratch",
  "DROP TABLE ping CASCADE",
  "DROP TABLE events_rest",
  "ALTER TABLE events DETACH PARTITION events_2026",
  "ALTER TABLE events ADD COLUMN seen bool DEFAULT false",
  "ALTER TABLE derived NO INHERIT base",
  "ALTER TABLE base ADD COLUMN d date",
  "ALTER TABLE base ALTER b SET DEFAULT 'y'",
  "ALTER TABLE scratch SET LOGGED",
  "ALTER TABLE app.users ENABLE TRIGGER touch",
  "DROP TRIGGER touch ON app.users",
  "DROP RULE no_delete ON app.orders",
  "DROP EVENT TRIGGER watch",
  "COMMENT ON TABLE app.users IS 'Users'",
  "COMMENT ON COLUMN app.users.name IS NULL",
  "REVOKE INSERT ON app.users FROM reporting",
  "GRANT DELETE ON app.orders TO reporting WITH GRANT OPTION",
  "GRANT EXECUTE ON FUNCTION app.touch() TO reporting; REVOKE EXECUTE ON FUNCTION app.touch() FROM PUBLIC",
  "DROP STATISTICS app.s1",
  "DROP EXTENSION pg_trgm CASCADE",
  "CREATE EXTENSION hstore SCHEMA app; ALTER TABLE app.orders ADD COLUMN attributes app.hstore",
  "ALTER TABLE app.users ALTER mood DROP DEFAULT; ALTER TABLE app.users ALTER mood TYPE text USING mood::text",
  "CREATE SCHEMA later; CREATE TABLE later.t (a app.mood, b app.cents); COMMENT ON COLUMN later.t.a IS 'x'",
  "DROP SCHEMA later CASCADE",
  "DROP AGGREGATE app.mysum(int)",
  "CREATE TABLE things2 (LIKE things INCLUDING ALL)",
  "ALTER TABLE things DROP CONSTRAINT ok",
  "CREATE OR REPLACE VIEW v_b AS SELECT x FROM v_a UNION SELECT 2",
] as const;

/** Changes to what TimescaleDB adds, to be made in this order. */
export const TIMESCALEDB_CHANGES = [
  "SELECT set_chunk_time_interval('metrics.readings', INTERVAL '2 days')",
  "SELECT remove_retention_policy('metrics.readings'); SELECT add_retention_policy('metrics.readings', interval '90 days')",
  "SELECT remove_compression_policy('metrics.readings')",
  "ALTER TABLE metrics.readings SET (timescaledb.compress, timescaledb.compress_segmentby = 'note')",
  "SELECT add_job('my_job', '2 h')",
  "CREATE MATERIALIZED VIEW metrics.hourly WITH (timescaledb.continuous) AS SELECT time_bucket('1 hour', at) AS hour, count(*) FROM metrics.readings GROUP BY 1 WITH NO DATA",
  "DROP VIEW metrics.best; DROP MATERIALIZED VIEW metrics.weekly",
  "CREATE TABLE fresh (at timestamptz NOT NULL); SELECT create_hypertable('fresh', by_range('at'))",
  "ALTER TABLE metrics.readings ADD COLUMN unit text DEFAULT 'C'; CREATE INDEX ON metrics.readings (unit)",
] as const;
