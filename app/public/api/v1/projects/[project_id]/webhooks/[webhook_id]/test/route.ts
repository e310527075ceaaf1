import { webhookTestRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = webhookTestRoute;
