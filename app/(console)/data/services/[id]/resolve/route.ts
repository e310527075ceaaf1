import { answerJson } from "@/app/answer-json";
import { resolveQuery } from "@/lib/schemas/history-requests";
import { parseInput } from "@/lib/schemas/parse-input";
import { resolveMoment } from "@/lib/services";

export async function GET(request: Request, { params }: RouteContext<"/data/services/[id]/resolve">) {
  const { id } = await params;
  // As a fork of it would be: what is not exact is refused with its neighbours until that was accepted.
  const { inexact, ...asked } = Object.fromEntries(new URL(request.url).searchParams);
  return answerJson(async (actor) => ({
    resolved: await resolveMoment(actor, {
      serviceId: id,
      query: parseInput(resolveQuery, asked),
      strict: inexact === undefined,
    }),
  }));
}
