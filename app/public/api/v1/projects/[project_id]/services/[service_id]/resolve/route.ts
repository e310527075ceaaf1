import { resolveRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = resolveRoute;
