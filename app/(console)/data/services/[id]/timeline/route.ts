import { answerJson } from "@/app/answer-json";
import { timelineQuery } from "@/lib/schemas/history-requests";
import { parseInput } from "@/lib/schemas/parse-input";
import { getTimeline } from "@/lib/services";

export async function GET(request: Request, { params }: RouteContext<"/data/services/[id]/timeline">) {
  const { id } = await params;
  const asked = Object.fromEntries(new URL(request.url).searchParams);
  return answerJson(async (actor) => ({
    timeline: await getTimeline(actor, { serviceId: id, query: parseInput(timelineQuery, asked) }),
  }));
}
