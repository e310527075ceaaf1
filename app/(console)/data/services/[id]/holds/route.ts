import { answerJson } from "@/app/answer-json";
import { takeHoldBody } from "@/lib/schemas/history-requests";
import { parseInput } from "@/lib/schemas/parse-input";
import { takeHold } from "@/lib/services";

export async function PUT(request: Request, { params }: RouteContext<"/data/services/[id]/holds">) {
  const { id } = await params;
  return answerJson(async (actor) => ({
    hold: await takeHold(actor, {
      serviceId: id,
      body: parseInput(takeHoldBody, await request.json().catch(() => undefined)),
    }),
  }));
}
