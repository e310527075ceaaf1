import { answerJson } from "@/app/answer-json";
import { loadWindow } from "../../../../load-history";

export async function GET(_request: Request, { params }: RouteContext<"/data/services/[id]/window">) {
  const { id } = await params;
  return answerJson((actor) => loadWindow(actor, id));
}
