import { sessionRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = sessionRoute;
