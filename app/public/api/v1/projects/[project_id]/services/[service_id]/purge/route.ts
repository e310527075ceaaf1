import { purgeRoute } from "@/lib/api";

export const { GET, POST, PUT, PATCH, DELETE } = purgeRoute;
