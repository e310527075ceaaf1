import { binRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = binRoute;
