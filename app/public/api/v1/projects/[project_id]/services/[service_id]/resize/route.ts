import { resizeRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = resizeRoute;
