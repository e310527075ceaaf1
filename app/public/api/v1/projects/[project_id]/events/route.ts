import { progressRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = progressRoute;
