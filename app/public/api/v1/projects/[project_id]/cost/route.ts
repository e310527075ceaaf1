import { projectCostRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = projectCostRoute;
