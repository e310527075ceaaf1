import { allowListRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = allowListRoute;
