import type { CreateServiceBody, ServiceDto } from "@/lib/schemas/service";
import type { Fix } from "@/lib/std/app-error";
import { findNameProblem } from "./names";
import { listTakenNames } from "./status";

/** What the URL of the form for a new service says, word for word. */
export interface CreateFormState {
  readonly image: string;
  readonly start: string;
  readonly name: string;
  readonly environment: string;
}

export type CreateField = keyof CreateFormState;

export interface CreateProblem {
  readonly field: CreateField;
  readonly problem: string;
  readonly fix: readonly Fix[];
}

export type CreateFormReading =
  | { readonly ok: true; readonly body: CreateServiceBody }
  | { readonly ok: false; readonly problems: readonly CreateProblem[] };

// Keys of the image catalogue. Written out here because the catalogue's own file brings its parser into the browser.
export const POSTGRES = "postgres-18";
export const TIMESCALEDB = "timescaledb-2.23-pg17";

export const IMAGE_CARDS = [
  {
    id: POSTGRES,
    title: "PostgreSQL 18",
    line: "Plain Postgres, the newest.",
    detail: "pgcrypto, pg_trgm, pg_stat_statements and the other contrib extensions",
  },
  {
    id: TIMESCALEDB,
    title: "TimescaleDB 2.23",
    line: "PostgreSQL 17 with TimescaleDB, for time series.",
    detail: "Hypertables, continuous aggregates, compression; the extension is created already",
  },
] as const;

export const SAMPLE = "prod-telemetry";
export const EMPTY = "empty";

export const START_CARDS = [
  { id: EMPTY, title: "Empty database", line: "You bring the tables." },
  {
    id: SAMPLE,
    title: "Sample: prod-telemetry",
    line: "20,000 dated US flights in a hypertable, loaded in a few seconds.",
  },
] as const;

/** Whether an image can start with a choice; the sample is a hypertable. */
export const canStartWith = (image: string, start: string): boolean => start !== SAMPLE || image === TIMESCALEDB;

/** Reads the whole form: the API's request, or what stands in the way, in the order of the fields. */
export function readCreateForm(state: CreateFormState, services: readonly ServiceDto[]): CreateFormReading {
  const problems: CreateProblem[] = [];
  const report = (field: CreateField, problem: string | undefined, fix: readonly Fix[] = []) => {
    if (problem) problems.push({ field, problem, fix });
  };
  report("image", findImageProblem(state.image));
  report("start", findStartProblem(state), [{ label: "Use TimescaleDB 2.23", set: { image: TIMESCALEDB } }]);
  const name = findNameProblem(state.name, listTakenNames(services));
  report("name", name?.problem, name?.free ? [{ label: `Use ${name.free}`, set: { name: name.free } }] : []);
  report("environment", ["DEV", "PROD"].includes(state.environment) ? undefined : "Choose DEV or PROD.");
  return problems.length ? { ok: false, problems } : { ok: true, body: toCreateBody(state) };
}

function findImageProblem(image: string): string | undefined {
  return IMAGE_CARDS.some(({ id }) => id === image) ? undefined : `There is no image “${image}”. Choose one of these.`;
}

function findStartProblem({ image, start }: CreateFormState): string | undefined {
  if (!START_CARDS.some(({ id }) => id === start)) return `“${start}” is nothing to start with. Choose one of these.`;
  return canStartWith(image, start) ? undefined : "The sample needs TimescaleDB.";
}

function toCreateBody({ image, start, name, environment }: CreateFormState): CreateServiceBody {
  return {
    name: name.trim(),
    ...(image === TIMESCALEDB && { addons: ["time-series" as const] }),
    environment_tag: environment === "PROD" ? "PROD" : "DEV",
    ...(start === SAMPLE && { sample: SAMPLE }),
  };
}

const FIELDS: Record<string, CreateField> = {
  name: "name",
  addons: "image",
  image: "image",
  sample: "start",
  environment_tag: "environment",
};

/** The form's field for a field of the API's request, or undefined when it has none. */
export const findCreateField = (field: string | undefined): CreateField | undefined => FIELDS[field ?? ""];

/** What a fix sets, in the form's fields. */
export function toCreateValues(set: Record<string, string>): Partial<CreateFormState> {
  return Object.fromEntries(
    Object.entries(set).flatMap(([field, value]) => {
      const known = findCreateField(field);
      return known ? [[known, value]] : [];
    }),
  );
}

/** The same request as one line for a shell. Holds no secret. */
export function formatCreateCurl(origin: string, projectId: string, reading: CreateFormReading): string {
  const body = reading.ok ? reading.body : { name: "<name>" };
  return [
    `curl -X POST "${origin}/public/api/v1/projects/${projectId}/services" \\`,
    `  -u "$OFFSHOOT_API_KEY" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '${JSON.stringify(body).replaceAll("'", `'\\''`)}'`,
  ].join("\n");
}
