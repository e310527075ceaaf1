import { answerJson } from "@/app/answer-json";
import { parseInput } from "@/lib/schemas/parse-input";
import { extensionQuery } from "@/lib/schemas/service";
import { estimateExtension } from "@/lib/services";

export async function GET(request: Request, { params }: RouteContext<"/data/services/[id]/extension">) {
  const { id: serviceId } = await params;
  const asked = Object.fromEntries(new URL(request.url).searchParams);
  return answerJson(async (actor) => ({
    extension: await estimateExtension(actor, { serviceId, query: parseInput(extensionQuery, asked) }),
  }));
}
