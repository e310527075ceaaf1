import { timelineRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = timelineRoute;
