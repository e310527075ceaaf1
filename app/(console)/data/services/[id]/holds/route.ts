import { answerJson } from "@/app/answer-json";
import { takeHoldBody } from "@/lib/schemas/history-requests";
import { takeHold } from "@/lib/services";

export async function PUT(request: Request, { params }: RouteContext<"/data/services/[id]/holds">) {
  const { id } = await params;
  return answerJson(async (actor) => ({
    hold: await takeHold(actor, {
      serviceId: id,
      body: takeHoldBody.parse(await request.json().catch(() => undefined)),
    }),
  }));
}
