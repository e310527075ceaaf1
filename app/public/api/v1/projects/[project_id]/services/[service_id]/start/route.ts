import { startRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = startRoute;
