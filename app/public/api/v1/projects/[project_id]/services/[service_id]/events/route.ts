import { eventsRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = eventsRoute;
