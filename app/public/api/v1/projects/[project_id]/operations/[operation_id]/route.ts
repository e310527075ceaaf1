import { operationRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = operationRoute;
