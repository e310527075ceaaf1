import { answerJson } from "@/app/answer-json";
import { releaseHold, renewHold } from "@/lib/services";

type Context = RouteContext<"/data/services/[id]/holds/[hold]">;

export async function PUT(_request: Request, { params }: Context) {
  const { id, hold } = await params;
  return answerJson(async (actor) => ({ hold: await renewHold(actor, { serviceId: id, holdId: hold }) }));
}

export async function DELETE(_request: Request, { params }: Context) {
  const { id, hold } = await params;
  return answerJson(async (actor) => {
    await releaseHold(actor, { serviceId: id, holdId: hold });
    return {};
  });
}
