import { answerJson } from "@/app/answer-json";
import { getStorage } from "@/lib/services";

export async function GET(_request: Request, { params }: RouteContext<"/data/services/[id]/storage">) {
  const { id } = await params;
  return answerJson(async (actor) => ({ storage: await getStorage(actor, id) }));
}
