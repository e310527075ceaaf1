import { describe, expect, test } from "vitest";
import * as catalogue from "@/lib/schemas/image";
import { createServiceBody } from "@/lib/schemas/service";
import { aService } from "@/lib/testing/service-fixtures";
import {
  type CreateFormState,
  findCreateField,
  formatCreateCurl,
  IMAGE_CARDS,
  readCreateForm,
  START_CARDS,
  toCreateValues,
} from "./create-form";

const good: CreateFormState = { image: "postgres-18", start: "empty", name: "orders", environment: "DEV" };
const problems = (different: Partial<CreateFormState>) => {
  const reading = readCreateForm({ ...good, ...different }, [aService()]);
  return reading.ok ? [] : reading.problems;
};

test("every image card is in the catalogue", () => {
  const known = Object.values(catalogue).flatMap((value) => (Array.isArray(value) ? value.map(({ id }) => id) : []));
  for (const { id } of IMAGE_CARDS) expect(known).toContain(id);
});

describe("a filled form", () => {
  test("makes a request that the API's schema takes, for every image with everything it can start with", () => {
    for (const image of IMAGE_CARDS)
      for (const start of START_CARDS) {
        const reading = readCreateForm({ ...good, image: image.id, start: start.id }, []);
        if (reading.ok) expect(createServiceBody.parse(reading.body)).toEqual(reading.body);
        else expect([image.id, start.id]).toEqual(["postgres-18", "prod-telemetry"]);
      }
  });

  test("asks for TimescaleDB by its add-on, and for the sample by its name", () => {
    const state = { ...good, image: "timescaledb-2.23-pg17", start: "prod-telemetry", environment: "PROD" };
    expect(readCreateForm(state, [])).toEqual({
      ok: true,
      body: { name: "orders", addons: ["time-series"], environment_tag: "PROD", sample: "prod-telemetry" },
    });
  });
});

describe("what a link carries wrongly", () => {
  test("is kept and named", () => {
    expect(problems({ image: "mysql" })[0]?.problem).toContain("“mysql”");
    expect(problems({ start: "backup" })[0]?.problem).toContain("“backup”");
    expect(problems({ environment: "QA" })[0]?.field).toBe("environment");
    expect(problems({ name: "" })[0]?.field).toBe("name");
  });

  test("has a way out: the sample on plain Postgres, a taken name", () => {
    expect(problems({ start: "prod-telemetry" })[0]).toMatchObject({
      problem: "The sample needs TimescaleDB.",
      fix: [{ set: { image: "timescaledb-2.23-pg17" } }],
    });
    expect(problems({ name: "prod-telemetry" })[0]?.fix[0]?.set).toEqual({ name: "prod-telemetry-2" });
  });
});

test("a name that a failed service had is free", () => {
  expect(readCreateForm({ ...good, name: "prod-telemetry" }, [aService({ status: "FAILED" })]).ok).toBe(true);
});

test("what the API says about its fields is shown at the form's", () => {
  expect(["name", "addons", "sample", "region_code"].map(findCreateField)).toEqual([
    "name",
    "image",
    "start",
    undefined,
  ]);
  expect(toCreateValues({ name: "a-2", cpu_millis: "1" })).toEqual({ name: "a-2" });
});

test("the same thing in a shell holds the request", () => {
  const curl = formatCreateCurl("http://localhost:3000", "p123456789", readCreateForm(good, []));
  expect(curl).toContain(`-d '{"name":"orders","environment_tag":"DEV"}'`);
});
