import { pricesRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = pricesRoute;
