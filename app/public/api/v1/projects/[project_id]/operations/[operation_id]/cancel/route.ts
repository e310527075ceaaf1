import { cancelRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = cancelRoute;
