import { protectionRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = protectionRoute;
