import { answerJson } from "@/app/answer-json";
import { getHistorySettings } from "@/lib/services";

export async function GET(_request: Request, { params }: RouteContext<"/data/services/[id]/history-settings">) {
  const { id } = await params;
  return answerJson(async (actor) => ({ settings: await getHistorySettings(actor, id) }));
}
