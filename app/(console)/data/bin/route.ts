import { answerJson } from "@/app/answer-json";
import { loadBin } from "../../load-data";

export const GET = () => answerJson(loadBin);
