import { answerJson } from "@/app/answer-json";
import { isAllowed } from "@/lib/auth";
import { getAllowList, getService, listDisarmed } from "@/lib/services";

export async function GET(_request: Request, { params }: RouteContext<"/data/services/[id]/safety">) {
  const { id } = await params;
  return answerJson(async (actor) => {
    const [service, disarmed, allowList] = await Promise.all([
      getService(actor, id),
      listDisarmed(actor, id),
      getAllowList(actor, id),
    ]);
    const { environment } = service.metadata;
    const may = {
      arm: isAllowed(actor, "service.arm", { environment }),
      protect: isAllowed(actor, "service.protect", { environment }),
      tag: isAllowed(actor, "service.setEnvironment", { environment }),
      allowList: isAllowed(actor, "service.allowList", { environment }),
    };
    return { disarmed, allowList, may };
  });
}
