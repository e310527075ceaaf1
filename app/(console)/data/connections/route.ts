import { answerJson } from "@/app/answer-json";
import { countConnections } from "@/lib/services";

export const GET = () => answerJson(async (actor) => ({ connections: await countConnections(actor) }));
