import { healthRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = healthRoute;
