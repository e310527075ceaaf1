import { expireRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = expireRoute;
