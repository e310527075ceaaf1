import { expect, test } from "vitest";
import { readDeed } from "./command-tag";
import { readStatements, readWords } from "./statement-words";

const whatOf = (tag: string, statement: string) => readDeed(tag, () => readWords(statement))?.what;

test("an event names what its statement begins with", () => {
  const cases: [tag: string, statement: string, what: string][] = [
    ["DELETE 5012", "delete from ONLY sales.orders o where id > 7", "DELETE sales.orders"],
    ["UPDATE 1000", '/* a; b */ -- c\n update "My ""T"" able" set a = 1', 'UPDATE "My ""T"" able"'],
    ["MERGE 1000", "MERGE INTO t USING u ON true", "MERGE t"],
    ["TRUNCATE TABLE", "TRUNCATE a, b", "TRUNCATE a"],
    ["TRUNCATE TABLE", "truncate table only a", "TRUNCATE a"],
    ["CREATE INDEX", "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", "CREATE INDEX i"],
    ["CREATE TABLE", "CREATE UNLOGGED TABLE temp (temporary int)", "CREATE TABLE temp"],
    ["DROP MATERIALIZED VIEW", "DROP MATERIALIZED VIEW IF EXISTS v CASCADE", "DROP MATERIALIZED VIEW v"],
    ["CREATE ROLE", "CREATE ROLE app PASSWORD 'secret'", "CREATE ROLE app"],
  ];
  for (const [tag, statement, what] of cases) expect(whatOf(tag, statement), statement).toBe(what);
});

test("where a statement is not what its tag says, or names nothing there, the tag stands alone", () => {
  const cases: [tag: string, statement: string, what: string][] = [
    ["DELETE 5012", "EXECUTE purge(7)", "DELETE"],
    ["DELETE 5012", "WITH gone AS (SELECT 1) DELETE FROM t", "DELETE"],
    ["DELETE 5012", 'DELETE FROM U&"d\\0061t"', "DELETE"],
    ["CREATE INDEX", "CREATE INDEX ON t (a)", "CREATE INDEX"],
    ["CREATE ROLE", "CREATE USER app", "CREATE ROLE"],
    ["DROP TABLE", "", "DROP TABLE"],
  ];
  for (const [tag, statement, what] of cases) expect(whatOf(tag, statement), statement).toBe(what);
});

test("few rows, reads, rights of the server and temporary tables are no events", () => {
  for (const tag of ["DELETE 999", "INSERT 0 5000", "COPY 5000", "SELECT 5000", "ALTER SYSTEM", "BEGIN", "VACUUM"])
    expect(
      readDeed(tag, () => undefined),
      tag,
    ).toBeUndefined();
  expect(whatOf("CREATE TABLE", "CREATE LOCAL TEMP TABLE t (a int)")).toBeUndefined();
});

test("words end before anything that may be a literal", () => {
  expect(readWords("DELETE FROM t WHERE a = 'secret'")).toEqual(["DELETE", "FROM", "t", "WHERE", "a"]);
  expect(readWords("SELECT E'secret'")).toEqual(["SELECT"]);
  expect(readWords("DO $$secret$$")).toEqual(["DO"]);
  expect(readWords("SELECT 1234")).toEqual(["SELECT"]);
});

test("a text is cut into its statements, whatever a semicolon stands in", () => {
  const text = `;; SELECT 'a;b', E'\\';', "c;d", $x$;$x$, $$;$$ /* ; */ -- ;
    ; CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b); DROP TABLE a1$;`;
  expect(readStatements(text).map((words) => words.slice(0, 2).join(" "))).toEqual([
    "SELECT",
    "CREATE RULE",
    "DROP TABLE",
  ]);
  expect(readStatements("CREATE FUNCTION f() BEGIN ATOMIC DELETE FROM a; END; DELETE FROM b")).toEqual([]);
});
