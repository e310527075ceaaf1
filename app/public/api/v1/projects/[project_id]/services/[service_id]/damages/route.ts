import { damagesRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = damagesRoute;
