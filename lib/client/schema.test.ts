import { expect, test } from "vitest";
import type { SchemaDto, SchemaObjectDto } from "@/lib/schemas/schema-reading";
import type { ServiceDto } from "@/lib/schemas/service";
import { groupObjects, nameScript, readSchemaView, sayCounts } from "./schema";

test("what changed is said in one line: what came, what changed, what went", () => {
  const counts = [
    { kind: "table", added: 3, changed: 0, removed: 0 },
    { kind: "column", added: 0, changed: 2, removed: 0 },
    { kind: "index", added: 2, changed: 0, removed: 1 },
    { kind: "policy", added: 0, changed: 0, removed: 2 },
  ];
  expect(sayCounts(counts)).toBe("+3 tables, +2 indexes, ~2 columns, −1 index, −2 policies");
  expect(sayCounts([])).toBe("");
});

test("a fork is compared with its source as it was unless the link says otherwise, and what is no fork with nothing", () => {
  const fork = { forked_from: { name: "prod" } } as unknown as ServiceDto;
  const service = { forked_from: null } as unknown as ServiceDto;
  expect([undefined, "source_now", "alone", "else"].map((asked) => readSchemaView(fork, asked))).toEqual([
    "source_then",
    "source_now",
    "alone",
    "source_then",
  ]);
  expect(readSchemaView(service, "source_now")).toBe("alone");
});

test("objects are grouped by kind in the order that they come in", () => {
  const objects = [
    { kind: "table", name: "a" },
    { kind: "view", name: "b" },
    { kind: "table", name: "c" },
  ] as SchemaObjectDto[];
  expect(groupObjects(objects).map(({ kind, objects: all }) => [kind, all.map(({ name }) => name)])).toEqual([
    ["table", ["a", "c"]],
    ["view", ["b"]],
  ]);
});

test("a script is saved under names that every file system takes", () => {
  const side = (name: string) => ({ service_id: "a", name, commit: 1, time: "" });
  const schema = { of: side("try index/1"), source: null } as unknown as SchemaDto;
  expect(nameScript(schema)).toBe("try-index-1-schema.sql");
  expect(nameScript({ ...schema, source: side("prod") })).toBe("prod-to-try-index-1.sql");
});
