import { sessionsRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = sessionsRoute;
