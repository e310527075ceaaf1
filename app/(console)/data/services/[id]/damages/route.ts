import { answerJson } from "@/app/answer-json";
import { getDamages } from "@/lib/services";

export async function GET(_request: Request, { params }: RouteContext<"/data/services/[id]/damages">) {
  const { id } = await params;
  return answerJson(async (actor) => ({ damages: await getDamages(actor, id) }));
}
