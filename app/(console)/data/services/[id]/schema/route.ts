import { answerJson } from "@/app/answer-json";
import { parseInput } from "@/lib/schemas/parse-input";
import { schemaQuery } from "@/lib/schemas/schema-reading";
import { getSchema } from "@/lib/services";

export async function GET(request: Request, { params }: RouteContext<"/data/services/[id]/schema">) {
  const { id: serviceId } = await params;
  return answerJson(async (actor) => {
    const { against } = parseInput(schemaQuery, Object.fromEntries(new URL(request.url).searchParams));
    return getSchema(actor, { serviceId, against });
  });
}
