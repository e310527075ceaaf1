import { extendRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = extendRoute;
