import { schemaQuery } from "@/lib/schemas/schema-reading";
import { getSchema } from "@/lib/services";
import { route } from "./endpoint";
import { readQuery } from "./read-json";

/** `S/schema?against&format`: 202 with an operation until it is read. */
export const schemaRoute = route({
  GET: async ({ actor, request, param }) => {
    const { against, format } = readQuery(request, schemaQuery);
    const answer = await getSchema(actor, { serviceId: param("service_id"), against });
    if (!("schema" in answer)) return { status: 202, body: answer };
    return format === "sql" ? { status: 200, sql: answer.sql } : { status: 200, body: answer.schema };
  },
});
