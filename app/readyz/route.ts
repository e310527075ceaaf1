import { readyRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = readyRoute;
