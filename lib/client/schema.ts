import { queryOptions } from "@tanstack/react-query";
import type { SchemaAgainst, SchemaCount, SchemaDto, SchemaObjectDto } from "@/lib/schemas/schema-reading";
import type { ServiceDto } from "@/lib/schemas/service";
import { getJson, RequestFailure, type Stamped } from "./http";
import { isFork } from "./status";

/** What the page compares with; `alone` is the whole schema, compared with nothing. */
export type SchemaView = SchemaAgainst | "alone";

/** While it is being read there is only the operation that reads it. */
export interface SchemaData extends Stamped {
  readonly schema?: SchemaDto;
  readonly sql?: string;
  readonly operation_id?: string;
}

// It takes a second or two.
const WAITING_MS = 700;
// As long as the server answers with the same one.
const FRESH_MS = 10_000;

/** Asked again while it is being read, and then only by whoever comes back or wants to: each question may start a reading. */
export const schemaReadingQuery = (serviceId: string, view: SchemaView) =>
  queryOptions({
    queryKey: ["schema", serviceId, view] as const,
    queryFn: ({ signal }) => {
      const query = view === "alone" ? "" : `?against=${view}`;
      return getJson<SchemaData>(`/data/services/${serviceId}/schema${query}`, signal);
    },
    refetchInterval: ({ state }) => (state.data && !state.data.schema && !state.error ? WAITING_MS : false),
    staleTime: FRESH_MS,
    refetchOnWindowFocus: false,
    retry: (count, error) => count < 1 && !(error instanceof RequestFailure && error.code !== "OFFLINE"),
  });

/** The view that a link names; of a fork what it changed, of anything else all of it. */
export function readSchemaView(service: ServiceDto, asked: unknown): SchemaView {
  if (!isFork(service)) return "alone";
  return asked === "source_now" || asked === "alone" ? asked : "source_then";
}

const PLURALS: Readonly<Record<string, string>> = {
  index: "indexes",
  policy: "policies",
  statistics: "statistics",
  compression: "compression settings",
};

/** `tables`, `foreign keys`. */
export const sayKinds = (kind: string, count: number): string => (count === 1 ? kind : (PLURALS[kind] ?? `${kind}s`));

/** `+3 tables, ~2 columns, −1 index`. */
export function sayCounts(counts: readonly SchemaCount[]): string {
  const parts = (["added", "changed", "removed"] as const).flatMap((change) =>
    counts.flatMap((count) =>
      count[change] > 0 ? [`${SIGNS[change]}${count[change]} ${sayKinds(count.kind, count[change])}`] : [],
    ),
  );
  return parts.join(", ");
}

export const SIGNS = { added: "+", changed: "~", removed: "−" } as const;

export interface SchemaGroup {
  readonly kind: string;
  readonly objects: readonly SchemaObjectDto[];
}

/** Objects by kind, in the order that they come in. */
export function groupObjects(objects: readonly SchemaObjectDto[]): SchemaGroup[] {
  const groups = new Map<string, SchemaObjectDto[]>();
  for (const object of objects) groups.set(object.kind, [...(groups.get(object.kind) ?? []), object]);
  return [...groups].map(([kind, grouped]) => ({ kind, objects: grouped }));
}

/** What the script is saved as. */
export function nameScript({ of, source }: SchemaDto): string {
  const name = source ? `${source.name}-to-${of.name}` : `${of.name}-schema`;
  return `${name.replaceAll(/[^\w.-]+/g, "-")}.sql`;
}
