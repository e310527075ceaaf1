import { answerJson } from "@/app/answer-json";
import { loadServiceDetail } from "../../../load-data";

export async function GET(_request: Request, { params }: RouteContext<"/data/services/[id]">) {
  const { id } = await params;
  return answerJson((actor) => loadServiceDetail(actor, id));
}
