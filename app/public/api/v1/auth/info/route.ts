import { authInfoRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = authInfoRoute;
