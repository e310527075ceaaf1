import { restoreRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = restoreRoute;
