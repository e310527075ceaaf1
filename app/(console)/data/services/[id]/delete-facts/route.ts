import { answerJson } from "@/app/answer-json";
import { getDeleteFacts } from "@/lib/services";

export async function GET(_request: Request, { params }: RouteContext<"/data/services/[id]/delete-facts">) {
  const { id } = await params;
  return answerJson(async (actor) => ({ facts: await getDeleteFacts(actor, id) }));
}
