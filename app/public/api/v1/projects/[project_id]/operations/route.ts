import { operationsRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = operationsRoute;
