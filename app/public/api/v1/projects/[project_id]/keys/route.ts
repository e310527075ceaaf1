import { keysRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = keysRoute;
