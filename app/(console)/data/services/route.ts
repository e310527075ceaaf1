import { answerJson } from "@/app/answer-json";
import { loadServices } from "../../load-data";

export const GET = () => answerJson(loadServices);
