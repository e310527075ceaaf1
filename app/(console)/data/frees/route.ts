import { answerJson } from "@/app/answer-json";
import { freesBody } from "@/lib/schemas/history-requests";
import { getFrees } from "@/lib/services";

export async function GET(request: Request) {
  const service_ids = (new URL(request.url).searchParams.get("service_ids") ?? "").split(",");
  return answerJson(async (actor) => ({ frees: await getFrees(actor, freesBody.parse({ service_ids })) }));
}
