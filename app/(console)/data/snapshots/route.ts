import { answerJson } from "@/app/answer-json";
import { loadSnapshots } from "../../load-history";

export const GET = () => answerJson(loadSnapshots);
