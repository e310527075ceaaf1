import { stopRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = stopRoute;
